#include "transport/tcp_runtime.hpp"

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "transport/transport.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace halley::transport {
namespace {

using boost::asio::ip::tcp;

endpoint to_endpoint(const tcp::endpoint& where) {
  return {where.address().to_string(), where.port()};
}

class tcp_transport final : public transport {
public:
  tcp_transport(tcp::socket socket, const tcp::endpoint& remote)
      : socket_(std::move(socket)), remote_(remote) {
    error_code ignored;  // a connection that is already gone says so at the first read
    local_ = socket_.local_endpoint(ignored);
  }

  executor get_executor() override { return socket_.get_executor(); }

  void async_read_some(boost::asio::mutable_buffer into,
                       completion<error_code, std::size_t> handler) override {
    socket_.async_read_some(into, std::move(handler));
  }

  void async_write_some(boost::asio::const_buffer from,
                        completion<error_code, std::size_t> handler) override {
    socket_.async_write_some(from, std::move(handler));
  }

  bool reads_now() const override { return true; }

  void async_wait_readable(completion<error_code> handler) override {
    socket_.async_wait(tcp::socket::wait_read, std::move(handler));
  }

  std::size_t read_now(boost::asio::mutable_buffer into, error_code& error) override {
    const auto got = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    error.clear();
    if (got == 0) error = boost::asio::error::eof;
    if (got < 0) error.assign(errno, boost::system::system_category());
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }

  bool writes_now() const override { return true; }

  std::size_t write_now(boost::asio::const_buffer from) override {
    const auto sent =
        ::send(socket_.native_handle(), from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }

  void shutdown_send(error_code& error) override {
    socket_.shutdown(tcp::socket::shutdown_send, error);
  }

  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

  void abort() override {
    error_code ignored;  // SO_LINGER 0 makes close() send RST
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }

  void cancel() override {
    error_code ignored;
    socket_.cancel(ignored);
  }

  endpoint local() const override { return to_endpoint(local_); }
  endpoint remote() const override { return to_endpoint(remote_); }

private:
  tcp::socket socket_;
  tcp::endpoint local_;
  tcp::endpoint remote_;
};

class tcp_listener final : public listener {
public:
  /// `waiting`: sits in the queue, so that it has no place for others.
  explicit tcp_listener(tcp::acceptor acceptor, std::optional<tcp::socket> waiting = {})
      : acceptor_(std::move(acceptor)), waiting_(std::move(waiting)) {}

  endpoint local() const override {
    error_code ignored;
    return to_endpoint(acceptor_.local_endpoint(ignored));
  }

  void async_accept(completion<error_code, std::unique_ptr<transport>> handler) override {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    auto from = std::make_unique<tcp::endpoint>();
    auto& peer = *from;
    acceptor_.async_accept(peer, boost::asio::bind_cancellation_slot(
                                     slot, [from = std::move(from), handler = std::move(handler)](
                                               error_code error, tcp::socket socket) mutable {
                                       std::unique_ptr<transport> made;
                                       if (!error)
                                         made = std::make_unique<tcp_transport>(std::move(socket),
                                                                                *from);
                                       std::move(handler)(error, std::move(made));
                                     }));
  }

  void close() override {
    error_code ignored;
    acceptor_.close(ignored);
  }

private:
  tcp::acceptor acceptor_;
  std::optional<tcp::socket> waiting_;
};

tcp::acceptor listen_at(boost::asio::io_context& context,
                        const endpoint& where,
                        int queue,
                        error_code& error) {
  tcp::acceptor acceptor(context);
  const auto address = boost::asio::ip::make_address(where.address, error);
  if (error) return acceptor;
  const tcp::endpoint bound(address, where.port);
  acceptor.open(bound.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  // Linux: what is accepted has the options of its listener.
  if (!error) acceptor.set_option(tcp::no_delay(true), error);
  if (!error) acceptor.bind(bound, error);
  if (!error) acceptor.listen(queue, error);
  return acceptor;
}

/// Asks how connecting goes. Returns: nothing while it is under way. Source: connect(2): once it
/// has come to its end, another call tells the result.
std::optional<error_code> connected(tcp::socket& socket, const tcp::endpoint& to) {
  if (::connect(socket.native_handle(), to.data(), static_cast<socklen_t>(to.size())) == 0 ||
      errno == EISCONN)
    return error_code();
  if (errno == EALREADY || errno == EINPROGRESS || errno == EINTR) return std::nullopt;
  return error_code(errno, boost::system::system_category());
}

using connect_handler = completion<error_code, std::unique_ptr<transport>>;

/// One connect(). Over loopback it ends within the call, so it is asked before anything waits.
class attempt : public std::enable_shared_from_this<attempt> {
public:
  attempt(boost::asio::io_context& context, tcp::endpoint to, connect_handler who)
      : context_(context), socket_(context), to_(std::move(to)), who_(std::move(who)) {}

  void begin(const std::string& source) {
    error_code error;
    socket_.open(to_.protocol(), error);
    if (!error && !source.empty()) {
      const auto address = boost::asio::ip::make_address(source, error);
      if (!error) socket_.bind(tcp::endpoint(address, 0), error);
    }
    if (!error) socket_.native_non_blocking(true, error);
    if (!error) socket_.set_option(tcp::no_delay(true), error);
    if (error) return post(error);
    if (auto result = connected(socket_, to_)) return post(*result);
    if (auto result = connected(socket_, to_)) return post(*result);
    wait();
  }

private:
  void wait() {
    auto slot = boost::asio::get_associated_cancellation_slot(who_);
    socket_.async_wait(
        tcp::socket::wait_write,
        boost::asio::bind_cancellation_slot(slot, [self = shared_from_this()](error_code error) {
          if (error) return self->end(error);
          if (const auto result = connected(self->socket_, self->to_))
            self->end(*result);
          else
            self->wait();
        }));
  }

  /// Whoever gives up before it hears of it gets no connection, as if it had taken time.
  void post(error_code result) {
    auto slot = boost::asio::get_associated_cancellation_slot(who_);
    if (slot.is_connected())
      slot.assign(
          [self = shared_from_this()](boost::asio::cancellation_type) { self->given_up_ = true; });
    boost::asio::post(context_, [self = shared_from_this(), slot, result]() mutable {
      slot.clear();
      self->end(self->given_up_ ? boost::asio::error::operation_aborted : result);
    });
  }

  void end(error_code result) {
    std::unique_ptr<transport> made;
    if (!result) made = std::make_unique<tcp_transport>(std::move(socket_), to_);
    std::move(who_)(result, std::move(made));
  }

  boost::asio::io_context& context_;
  tcp::socket socket_;
  tcp::endpoint to_;
  connect_handler who_;
  bool given_up_ = false;
};

}  // namespace

tcp_runtime::tcp_runtime(boost::asio::io_context& context,
                         std::uint64_t seed,
                         std::chrono::steady_clock::time_point start)
    : context_(context), clock_(context.get_executor(), start), seed_(seed) {
}
tcp_runtime::~tcp_runtime() = default;

executor tcp_runtime::get_executor() {
  return context_.get_executor();
}

clock::clock& tcp_runtime::time() {
  return clock_;
}

std::uint64_t tcp_runtime::random(std::string_view purpose) {
  auto found = sources_.find(purpose);
  if (found == sources_.end()) {
    found = sources_.emplace(std::string(purpose), random_source::named(seed_, purpose)).first;
  }
  return found->second.next();
}

std::unique_ptr<listener> tcp_runtime::listen(const endpoint& where, error_code& error) {
  constexpr int queue = boost::asio::socket_base::max_listen_connections;
  auto acceptor = listen_at(context_, where, queue, error);
  if (error) return nullptr;
  return std::make_unique<tcp_listener>(std::move(acceptor));
}

std::unique_ptr<listener> tcp_runtime::listen_full(const endpoint& where, error_code& error) {
  // A queue of length 0 has a place for one connection (Linux). Over loopback it is taken before
  // connect returns.
  auto acceptor = listen_at(context_, where, 0, error);
  tcp::socket waiting(context_);
  if (!error) waiting.connect(acceptor.local_endpoint(error), error);
  if (error) return nullptr;
  return std::make_unique<tcp_listener>(std::move(acceptor), std::move(waiting));
}

void tcp_runtime::async_connect(const endpoint& where,
                                completion<error_code, std::unique_ptr<transport>> handler) {
  error_code error;
  const auto address = boost::asio::ip::make_address(where.address, error);
  if (error) {
    boost::asio::post(context_, [error, handler = std::move(handler)]() mutable {
      std::move(handler)(error, std::unique_ptr<transport>());
    });
    return;
  }
  std::make_shared<attempt>(context_, tcp::endpoint(address, where.port), std::move(handler))
      ->begin(source_);
}

}  // namespace halley::transport
