#include "transport/tcp_runtime.hpp"

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "transport/transport.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
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
  explicit tcp_transport(tcp::socket socket) : socket_(std::move(socket)) {
    error_code ignored;  // a connection that is already gone says so at the first read
    socket_.set_option(tcp::no_delay(true), ignored);
    local_ = to_endpoint(socket_.local_endpoint(ignored));
    remote_ = to_endpoint(socket_.remote_endpoint(ignored));
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

  endpoint local() const override { return local_; }
  endpoint remote() const override { return remote_; }

private:
  tcp::socket socket_;
  endpoint local_;
  endpoint remote_;
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
    acceptor_.async_accept(boost::asio::bind_cancellation_slot(
        slot, [handler = std::move(handler)](error_code error, tcp::socket socket) mutable {
          std::unique_ptr<transport> made;
          if (!error) made = std::make_unique<tcp_transport>(std::move(socket));
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
  if (!error) acceptor.bind(bound, error);
  if (!error) acceptor.listen(queue, error);
  return acceptor;
}

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
  auto socket = std::make_unique<tcp::socket>(context_);
  if (!error && !source_.empty()) {
    const auto source = boost::asio::ip::make_address(source_, error);
    const tcp::endpoint from(source, 0);
    if (!error) socket->open(from.protocol(), error);
    if (!error) socket->bind(from, error);
  }
  if (error) {
    boost::asio::post(context_, [error, handler = std::move(handler)]() mutable {
      std::move(handler)(error, std::unique_ptr<transport>());
    });
    return;
  }
  auto& connecting = *socket;
  auto slot = boost::asio::get_associated_cancellation_slot(handler);
  connecting.async_connect(tcp::endpoint(address, where.port),
                           boost::asio::bind_cancellation_slot(
                               slot, [socket = std::move(socket),
                                      handler = std::move(handler)](error_code failed) mutable {
                                 std::unique_ptr<transport> made;
                                 if (!failed)
                                   made = std::make_unique<tcp_transport>(std::move(*socket));
                                 std::move(handler)(failed, std::move(made));
                               }));
}

}  // namespace halley::transport
