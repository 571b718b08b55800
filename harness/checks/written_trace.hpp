#pragma once

// Traces for tests: octets in, the events of their connection out.

#include "base/bytes.hpp"
#include "checks/finding.hpp"
#include "trace/conversation.hpp"
#include "trace/event.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/websocket_handshake.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halley::checks::written {

inline constexpr auto out = trace::direction::out;
inline constexpr auto in = trace::direction::in;

/// What one side sends, in turn. Each direction ends behind the last.
using turns = std::vector<std::pair<trace::direction, octets>>;

inline std::vector<trace::event> trace_of(const turns& said, const context& about) {
  std::vector<trace::event> events;
  const auto keep = [&events](trace::event&& one) {
    one.conn = "c1";
    one.seq = events.size();
    events.push_back(std::move(one));
  };
  trace::conversation talk(!about.target_is_client, keep);
  std::array<std::uint64_t, 2> seen{};
  std::chrono::nanoseconds now{0};
  for (const auto& [dir, data] : said) {
    trace::event moved;
    moved.dir = dir;
    moved.off = seen[dir == in ? 1 : 0];
    moved.len = data.size();
    moved.what = trace::wire_octets{.data = data};
    keep(std::move(moved));
    seen[dir == in ? 1 : 0] += data.size();
    talk.octets_seen(dir, data, ++now);
  }
  talk.end_seen(in, ++now);
  talk.end_seen(out, ++now);
  return events;
}

inline octets request(octet_view more = "", octet_view line = "GET / HTTP/1.1") {
  return octets(line) + "\r\nHost: a\r\n" + octets(more) + "\r\n";
}

/// Content of the empty kind, unless `more` says otherwise.
inline octets response(octet_view more = "Content-Length: 0\r\n",
                       octet_view line = "HTTP/1.1 200 OK") {
  return octets(line) + "\r\n" + octets(more) + "\r\n";
}

inline constexpr octet_view key = "dGhlIHNhbXBsZSBub25jZQ==";

inline octets upgrade(octet_view more = "") {
  return request(
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: " +
      octets(key) + "\r\n" + octets(more));
}

inline octets switching(octet_view more = "") {
  return response("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " +
                      wire::accept_value(key) + "\r\n" + octets(more),
                  "HTTP/1.1 101 Switching Protocols");
}

inline octets frame(wire::opcode code, octet_view payload, bool fin = true, std::uint8_t rsv = 0) {
  wire::websocket_frame one;
  one.fin = fin;
  one.rsv = rsv;
  one.code = code;
  one.payload = payload;
  return wire::encode(one);
}

inline octets masked(octet_view payload, std::array<std::uint8_t, 4> mask) {
  wire::websocket_frame one;
  one.payload = payload;
  one.mask = mask;
  return wire::encode(one);
}

inline octets close_frame(std::uint16_t code, octet_view reason = "") {
  return frame(wire::opcode::close, wire::close_body(code, reason));
}

/// A WebSocket on which the target, a server, sends `data`.
inline turns on_websocket(octet_view data, octet_view extensions = "") {
  return {{out, upgrade(extensions)}, {in, switching(extensions) + octets(data)}};
}

/// The ids of `found`, sorted.
inline std::vector<std::string> ids(const std::vector<finding>& found) {
  std::vector<std::string> result;
  result.reserve(found.size());
  for (const finding& one : found)
    result.push_back(one.broken.id);
  std::ranges::sort(result);
  return result;
}

}  // namespace halley::checks::written
