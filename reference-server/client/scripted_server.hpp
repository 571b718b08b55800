#pragma once

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/opening.hpp"
#include "reference-server/client/reference_client.hpp"
#include "reference-server/test_client.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::gateway {

/// What a server does in a test, on one connection.
struct server_script {
  octets answer = {};           // fields of the 101 besides those every one has; or a whole head
  octets frames = {};           // in one write with the answer
  octets later = {};            // when the client's first octets behind its head were there
  bool slowly = false;          // an octet at a time
  bool closes = true;           // ends TCP when the client's Close has come
  nlohmann::json connect = {};  // what the command has besides session and address
  std::vector<nlohmann::json> on_open = {};  // commands of the application, when it is open
};

/// The head of an answer; "{accept}" stands for what follows from the client's key.
inline octets head_101(const octets& more = "",
                       const octets& upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n") {
  return "HTTP/1.1 101 Switching Protocols\r\n" + upgrade + "Sec-WebSocket-Accept: {accept}\r\n" +
         more + "\r\n";
}

/// An unmasked frame of at most 125 octets.
inline octets served(unsigned first, octet_view payload) {
  return frame(first, payload, false);
}

/// What a Close says: "1000 reason".
inline octets close_as_text(octet_view payload) {
  if (payload.size() < 2) return octets(payload);
  const int code = octet_at(payload, 0) * 256 + octet_at(payload, 1);
  return std::to_string(code) + octets(payload.size() > 2 ? " " : "") + octets(payload.substr(2));
}

/// Takes the client's frames off the front of `from`, those that are whole.
/// Returns: one line each, "[81 text]": first octet and payload.
inline octets frames_as_text(octets& from, octets& last_key) {
  octet_view seen = from;
  octets text;
  while (seen.size() >= 2) {
    const bool masked = (octet_at(seen, 1) & 0x80U) != 0;
    std::size_t size = octet_at(seen, 1) & 0x7FU;
    std::size_t at = 2;
    const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (seen.size() < at + more + (masked ? 4 : 0)) break;
    if (more != 0) size = 0;
    for (std::size_t i = 0; i < more; ++i)
      size = size << 8U | octet_at(seen, at++);
    const octets key = masked ? octets(seen.substr(at, 4)) : octets(4, '\0');
    at += masked ? 4 : 0;
    if (seen.size() < at + size) break;
    octets payload(seen.substr(at, size));
    for (std::size_t i = 0; i < payload.size(); ++i)
      payload[i] = static_cast<char>(octet_at(payload, i) ^ octet_at(key, i % 4));
    if (octet_at(seen, 0) == 0x88) payload = close_as_text(payload);
    text += "[" + to_hex(seen.substr(0, 1)) + (masked ? "" : " unmasked") +
            (masked && key == octets(4, '\0') ? " zero" : "") + (key == last_key ? " again" : "") +
            " " + (size > 200 ? std::to_string(size) : payload) + "]\n";
    last_key = key;
    seen.remove_prefix(at + size);
  }
  from.erase(0, from.size() - seen.size());
  return text;
}

/// A reference client and a server that plays a script, both on loopback.
class client_bed {
public:
  explicit client_bed(const std::set<std::string>& mutants = {})
      : world(context, 1), client(world, options_of(mutants), [this](const nlohmann::json& line) {
          told += line.dump() + "\n";
          if (line.value("event", "") == "app.close") closed_.notify();
          if (line.value("event", "") != "app.open") return;
          for (const nlohmann::json& one : std::exchange(commands, {}))
            client.command(one);
        }) {
    error_code error;
    listener = world.listen(transport::endpoint(), error);
    EXPECT_TRUE(listener) << error.message();
  }

  /// Plays `script` once. Returns: the request, the client's frames, and what it told, as text.
  octets play(const server_script& script) {
    auto done = boost::asio::co_spawn(context, serve(script), boost::asio::use_future);
    nlohmann::json line = {{"id", 1}, {"session", "s"}, {"do", "ws.connect"}};
    line["to"] = "ws://" + transport::to_string(listener->local()) + "/a?b=c";
    line.update(script.connect.is_null() ? nlohmann::json::object() : script.connect);
    commands = script.on_open;
    client.command(line);
    wait(done);
    return std::exchange(heard, "") + std::exchange(told, "");
  }

  template <typename T>
  T wait(std::future<T>& done) {
    context.restart();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready &&
           std::chrono::steady_clock::now() < deadline)
      context.run_one_for(std::chrono::seconds(1));
    EXPECT_EQ(done.wait_for(std::chrono::seconds(0)), std::future_status::ready) << "hung";
    return done.get();
  }

  boost::asio::io_context context;
  transport::tcp_runtime world;
  octets heard;  // by the server: the request, frames as text, how it ended
  octets told;   // by the client, a line each
  std::vector<nlohmann::json> commands;
  std::unique_ptr<transport::listener> listener;
  reference_client client;

private:
  static client_options options_of(const std::set<std::string>& mutants) {
    client_options how;
    how.mutants = mutants;
    how.close_timeout = std::chrono::milliseconds(300);
    how.opening_timeout = std::chrono::milliseconds(300);
    how.linger_timeout = std::chrono::milliseconds(300);
    return how;
  }

  awaitable<void> serve(server_script script);

  clock::wake closed_{world.time()};  // notified when app.close was told
};

inline awaitable<void> client_bed::serve(server_script script) {
  error_code error;
  test_client on;
  on.lower = co_await transport::accept(*listener, error);
  const octets head_end = "\r\n\r\n";
  co_await on.read_until(head_end);
  const std::size_t key = on.seen.find("Sec-WebSocket-Key: ") + 19;
  const octets accept = accept_for(on.seen.substr(key, on.seen.find("\r\n", key) - key));
  octets answer = script.answer.starts_with("HTTP/") ? script.answer : head_101(script.answer);
  if (const std::size_t at = answer.find("{accept}"); at != octets::npos)
    answer.replace(at, 8, accept);
  heard += std::exchange(on.seen, "");
  const octets first = answer + script.frames;
  const std::size_t piece = script.slowly ? 1 : first.size();
  for (std::size_t at = 0; at < first.size(); at += piece) {
    const octets some = first.substr(at, piece);
    co_await on.send(some);
  }
  // Where the client does not end, the server does; where that is not enough, the test does.
  clock::watchdog patience(world.time());
  clock::watchdog end_of_patience(world.time());
  patience.arm(world.time().now() + std::chrono::milliseconds(250), [this, &on] {
    error_code ignored;
    heard += "<LATE>";
    on.lower->shutdown_send(ignored);
  });
  end_of_patience.arm(world.time().now() + std::chrono::milliseconds(1000), [this, &on] {
    heard += "<OPEN>";
    on.lower->close();
  });
  octets last_key;
  octets block(65536, '\0');
  while (!on.ended) {
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await transport::read_some(*on.lower, into, error);
    on.seen.append(block, 0, got);
    heard += frames_as_text(on.seen, last_key);
    on.ended = static_cast<bool>(error);
    if (error == boost::asio::error::eof) heard += "<FIN>";
    if (error == boost::asio::error::connection_reset) heard += "<RST>";
    const octets later = on.ended ? octets() : std::exchange(script.later, "");
    if (!later.empty()) co_await on.send(later);
    if (script.closes && heard.find("[88") != octets::npos) {
      script.closes = false;
      on.lower->shutdown_send(error);
    }
  }
  patience.disarm();
  end_of_patience.disarm();
  heard += on.seen;
  on.lower->close();
  const instant deadline = world.time().now() + std::chrono::seconds(2);
  while (told.find("app.close") == octets::npos && world.time().now() < deadline)
    co_await closed_.wait_until(deadline);
}

}  // namespace halley::gateway
