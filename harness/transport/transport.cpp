#include "transport/transport.hpp"

#include "clock/clock.hpp"
#include "transport/runtime.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace halley::transport {
namespace {

struct start_read {
  transport* from;
  boost::asio::mutable_buffer into;
  template <typename Handler>
  void operator()(Handler&& handler) const {
    from->async_read_some(into,
                          completion<error_code, std::size_t>(std::forward<Handler>(handler)));
  }
};

struct start_wait {
  transport* from;
  template <typename Handler>
  void operator()(Handler&& handler) const {
    from->async_wait_readable(completion<error_code>(std::forward<Handler>(handler)));
  }
};

struct start_write {
  transport* to;
  boost::asio::const_buffer data;
  template <typename Handler>
  void operator()(Handler&& handler) const {
    to->async_write_some(data, completion<error_code, std::size_t>(std::forward<Handler>(handler)));
  }
};

using made = std::unique_ptr<transport>;

struct start_accept {
  listener* from;
  template <typename Handler>
  void operator()(Handler&& handler) const {
    from->async_accept(completion<error_code, made>(std::forward<Handler>(handler)));
  }
};

struct start_connect {
  runtime* world;
  const endpoint* where;
  template <typename Handler>
  void operator()(Handler&& handler) const {
    world->async_connect(*where, completion<error_code, made>(std::forward<Handler>(handler)));
  }
};

}  // namespace

std::string to_string(const endpoint& where) {
  const bool v6 = where.address.find(':') != std::string::npos;
  return (v6 ? "[" + where.address + "]" : where.address) + ":" + std::to_string(where.port);
}

bool is_loopback(const std::string& address) {
  error_code error;
  const auto parsed = boost::asio::ip::make_address(address, error);
  return !error && parsed.is_loopback();
}

// Not coroutines themselves: each would have a frame more to wait in.
awaitable<std::size_t> read_some(transport& from,
                                 boost::asio::mutable_buffer into,
                                 error_code& error) {
  const start_read start{&from, into};
  auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
  return boost::asio::async_initiate<decltype(token), void(error_code, std::size_t)>(start, token);
}

awaitable<void> wait_readable(transport& from, error_code& error) {
  const start_wait start{&from};
  auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
  return boost::asio::async_initiate<decltype(token), void(error_code)>(start, token);
}

awaitable<std::size_t> write_all(transport& to, boost::asio::const_buffer data, error_code& error) {
  std::size_t written = 0;
  error.clear();
  while (written < data.size() && !error) {
    const start_write start{&to, data + written};
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    const std::size_t some =
        co_await boost::asio::async_initiate<decltype(token), void(error_code, std::size_t)>(start,
                                                                                             token);
    written += some;
  }
  co_return written;
}

awaitable<std::unique_ptr<transport>> accept(listener& from, error_code& error) {
  const start_accept start{&from};
  auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
  return boost::asio::async_initiate<decltype(token), void(error_code, made)>(start, token);
}

awaitable<std::unique_ptr<transport>> connect(runtime& world,
                                              const endpoint& where,
                                              error_code& error) {
  const start_connect start{&world, &where};
  auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
  return boost::asio::async_initiate<decltype(token), void(error_code, made)>(start, token);
}

}  // namespace halley::transport
