#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/gateway.hpp"
#include "reference-server/options.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <utility>

namespace halley::gateway {

/// A peer in a test that speaks in octets.
class test_client {
public:
  static awaitable<std::unique_ptr<test_client>> to(transport::runtime& world,
                                                    transport::endpoint where) {
    error_code error;
    auto made = std::make_unique<test_client>();
    made->lower = co_await transport::connect(world, where, error);
    EXPECT_FALSE(error) << error.message();
    co_return made;
  }

  awaitable<void> send(octets data) {
    error_code error;  // a peer that closed early shows in what is read
    const auto from = boost::asio::buffer(data);
    co_await transport::write_all(*lower, from, error);
  }

  /// Reads until `text` was seen or the peer ended, which shows as "<FIN>" or "<RST>".
  awaitable<void> read_until(octets text) {
    octets block(65536, '\0');
    while (!ended && seen.find(text) == octets::npos) {
      error_code error;
      const auto into = boost::asio::buffer(block);
      const std::size_t got = co_await transport::read_some(*lower, into, error);
      seen.append(block, 0, got);
      if (!error) continue;
      ended = true;
      seen += error == boost::asio::error::eof ? "<FIN>" : "<RST>";
    }
  }

  std::unique_ptr<transport::transport> lower;
  octets seen;
  bool ended = false;
};

/// A gateway on loopback, and the loop that it and its clients share.
class test_bed {
public:
  explicit test_bed(options how = {}) : world(context, 1), served(world, std::move(how)) {
    error_code error;
    EXPECT_TRUE(served.start(transport::endpoint(), error)) << error.message();
  }

  /// Runs `work` to its end, or fails the test after a generous time.
  template <typename T>
  T run(awaitable<T> work) {
    return wait(spawn(std::move(work)));
  }

  template <typename T>
  std::future<T> spawn(awaitable<T> work) {
    return boost::asio::co_spawn(context, std::move(work), boost::asio::use_future);
  }

  template <typename T>
  T wait(std::future<T> done) {
    context.restart();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready &&
           std::chrono::steady_clock::now() < deadline)
      context.run_one_for(std::chrono::seconds(1));
    if (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      ADD_FAILURE() << "hung";
      served.abort();
      context.run_for(std::chrono::seconds(5));
      return T();
    }
    return done.get();
  }

  /// Waits for the stop that was begun.
  void finish() { wait(std::move(stopping)); }

  /// Sends `data` on a connection of its own and reads until `text` was seen.
  octets talk(const octets& data, const octets& text) { return run(talking(data, text)); }

  boost::asio::io_context context;
  transport::tcp_runtime world;
  gateway served;
  std::future<void> stopping;

private:
  awaitable<octets> talking(octets data, octets text) {
    const transport::endpoint where = served.local();
    const auto client = co_await test_client::to(world, where);
    co_await client->send(data);
    co_await client->read_until(text);
    co_return client->seen;
  }
};

/// A request head; `more` are further lines, each with its CRLF.
inline octets head(const octets& line, const octets& more = "") {
  return line + " HTTP/1.1\r\nHost: halley\r\n" + more + "\r\n";
}

/// A client frame with an all-zero masking key, which leaves the payload readable.
inline octets frame(unsigned first, octet_view payload, bool masked = true) {
  octets out(1, static_cast<char>(first));
  out += static_cast<char>((masked ? 0x80U : 0U) | payload.size());
  if (masked) out.append(4, '\0');
  return out + octets(payload);
}

inline octets opening(const octets& path, const octets& more = "", const octets& version = "13") {
  return head("GET " + path,
              "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              "Sec-WebSocket-Version: " +
                  version + "\r\n" + more);
}

}  // namespace halley::gateway
