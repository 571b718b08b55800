#pragma once

#include "base/bytes.hpp"
#include "trace/event.hpp"
#include "wire/http_decoder.hpp"
#include "wire/websocket_decoder.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace halley::trace {

struct conversation_limits {
  wire::http_limits http;
  wire::websocket_limits websocket;
  wire::sse_limits sse;
};

/// Decodes both directions of one connection: HTTP/1.1 messages in turn, server-sent events in a
/// body with that content type, WebSocket after a 101 that agrees to it (permessage-deflate as
/// negotiated), and an opaque tunnel after 2xx to CONNECT or another Upgrade. Gives the decoded
/// events only (the caller records the octets themselves). Works from octets alone, never from
/// ports, so live runs and captures share it. `halley_is_client` only says which direction holds
/// the requests. Incremental: the same octets in any cut give the same events, but for the borders
/// of body pieces.
/// Where HTTP ends, each direction gives its own tunnel_open ("websocket" too). Octets behind a
/// CONNECT or Upgrade request wait for the answer, up to 1 MiB; their events carry its time.
/// A direction that is no HTTP gives one tunnel_open "unknown" and no more; the other one goes on.
/// The faults of a handshake stand at the 101, before its head; unexpected_response is only given
/// while every request could be read without a fault. Server-sent events follow the body piece that
/// completes them and cover the chunk headers between their octets.
class conversation {
public:
  using sink = std::function<void(event&&)>;

  /// `give` gets each decoded event with dir, off, len and t set; instance, conn, actor and seq are
  /// the caller's.
  conversation(bool halley_is_client, sink give, conversation_limits limits = {});
  ~conversation();
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;

  /// Octets in stream order of `dir`.
  void octets_seen(direction dir, octet_view data, std::chrono::nanoseconds t);
  /// The end of `dir`: FIN or RST. What it cuts short is reported first; the tcp.* event itself is
  /// the caller's.
  void end_seen(direction dir, std::chrono::nanoseconds t);

  /// How many of the octets to come in `dir` are surely payload: of a body, a chunk, a data frame
  /// or a tunnel. Others in their place would leave every border where it is. 0 where a border may
  /// come next.
  std::uint64_t payload_left(direction dir) const;
  /// Whether `dir` has come to its WebSocket frames: from there on it is read without the other.
  bool reads_frames(direction dir) const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace halley::trace
