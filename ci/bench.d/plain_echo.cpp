#include "plain_echo.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <string>
#include <thread>
#include <time.h>  // NOLINT(modernize-deprecated-headers): clock_gettime is POSIX
#include <utility>

namespace halley::bench {
namespace {

using boost::asio::awaitable;
using boost::asio::use_awaitable;
using boost::asio::ip::tcp;
using stream = boost::beast::websocket::stream<tcp::socket>;

constexpr int connections = 32;
constexpr int messages = 2000;
constexpr std::size_t size = 64;

awaitable<void> serve(tcp::socket with) {
  with.set_option(tcp::no_delay(true));
  stream on(std::move(with));
  try {
    co_await on.async_accept(use_awaitable);
    for (boost::beast::flat_buffer got;; got.consume(got.size())) {
      co_await on.async_read(got, use_awaitable);
      on.text(on.got_text());
      co_await on.async_write(got.data(), use_awaitable);
    }
  } catch (const boost::system::system_error&) {
    co_return;  // the client has gone
  }
}

awaitable<void> accept_all(tcp::acceptor& at) {
  for (int i = 0; i < connections; ++i) {
    auto one = co_await at.async_accept(use_awaitable);
    boost::asio::co_spawn(at.get_executor(), serve(std::move(one)), boost::asio::detached);
  }
}

awaitable<void> talk(tcp::endpoint with) {
  tcp::socket one(co_await boost::asio::this_coro::executor);
  co_await one.async_connect(with, use_awaitable);
  one.set_option(tcp::no_delay(true));
  stream on(std::move(one));
  co_await on.async_handshake("bench", "/", use_awaitable);
  const std::string message(size, 'x');
  boost::beast::flat_buffer got;
  for (int i = 0; i < messages; ++i) {
    co_await on.async_write(boost::asio::buffer(message), use_awaitable);
    co_await on.async_read(got, use_awaitable);
    got.consume(got.size());
  }
}

double thread_seconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

double run_once() {
  boost::asio::io_context served;
  tcp::acceptor at(served, {boost::asio::ip::address_v4::loopback(), 0});
  boost::asio::co_spawn(served, accept_all(at), boost::asio::detached);
  const auto where = at.local_endpoint();
  double used = 0;
  std::jthread server([&] {
    served.run();
    used = thread_seconds();
  });
  boost::asio::io_context clients;
  for (int i = 0; i < connections; ++i)
    boost::asio::co_spawn(clients, talk(where), boost::asio::detached);
  clients.run();
  server.join();
  return used / (connections * messages);
}

}  // namespace

double plain_echo_seconds() {
  std::array runs = {run_once(), run_once(), run_once()};
  std::ranges::sort(runs);
  return runs[1];
}

}  // namespace halley::bench
