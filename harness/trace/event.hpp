#pragma once

#include "base/bytes.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace halley::trace {

/// Seen from Halley: `out` = octets Halley sent, `in` = octets the target sent.
enum class direction { none, out, in };

/// A connection came to be. `halley_is_client` tells the roles.
struct conn_open {
  bool halley_is_client = true;
  std::string local;  ///< "127.0.0.1:40001"
  std::string remote;
  std::string endpoint;  ///< contract name, "ws.echo", or the listening actor
};
/// Octets as one write or read moved them: wire.out, wire.in.
struct wire_octets {
  octets data;
};
struct tcp_fin {};
struct tcp_rst {};
/// The connection ended otherwise (timed out, unreachable). `text` is the system's message.
struct tcp_error {
  std::string text;
};
/// HTTP ends here and an opaque stream begins: CONNECT's tunnel, another Upgrade, or octets that
/// are not HTTP.
struct tunnel_open {
  std::string protocol;
};  ///< "connect", "websocket", "h2c", "unknown", …
/// A broken rule of the wire.
struct wire_fault {
  wire::wire_error what;
};

/// Everything that is not about octets: run.start, instance.start, step.start, check, instance.end,
/// target.*, app.*, … `name` is the event's name, `fields` its own fields.
struct note {
  std::string name;
  nlohmann::json fields = nlohmann::json::object();
};

/// One thing that happened. `off` and `len` place decoded events in the octets of their direction.
struct event {
  std::uint64_t seq = 0;          ///< no gaps within a run
  std::chrono::nanoseconds t{0};  ///< since the run's start
  std::string instance;           ///< instance id; empty for run and target events
  std::string conn;   ///< "c1", "c2" … unique within the instance; empty where there is none
  std::string actor;  ///< the actor that owns the connection
  direction dir = direction::none;
  std::uint64_t off = 0;  ///< stream offset of the first octet
  std::uint64_t len = 0;  ///< octets covered
  std::variant<note,
               conn_open,
               wire_octets,
               tcp_fin,
               tcp_rst,
               tcp_error,
               tunnel_open,
               wire_fault,
               wire::request_head,
               wire::response_head,
               wire::chunk_header,
               wire::body_piece,
               wire::trailer_section,
               wire::message_end,
               wire::websocket_frame,
               wire::websocket_message,
               wire::websocket_close,
               wire::sse_event,
               wire::sse_comment,
               wire::sse_retry>
      what;
};

/// The event's dotted name: "wire.in", "http.response", "ws.frame", or the note's own.
std::string name_of(const event& one);

}  // namespace halley::trace
