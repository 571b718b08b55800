#pragma once

#include "base/bytes.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace halley::wire {

/// An event that a conforming client dispatches. Source: WHATWG HTML, "Server-sent events",
/// dispatch.
struct sse_event {
  octets type = "message";
  octets data;
  octets last_event_id;      ///< the last event id buffer at dispatch
  std::optional<octets> id;  ///< the id field of this very block, if it had one that counts
  bool operator==(const sse_event&) const = default;
};

/// A line that begins with a colon.
struct sse_comment {
  octets text;
  bool operator==(const sse_comment&) const = default;
};

/// A retry field that counts. Unit: milliseconds.
struct sse_retry {
  std::uint64_t milliseconds = 0;
  bool operator==(const sse_retry&) const = default;
};

struct sse_item {
  std::uint64_t at = 0;  ///< offset in the decoded body (not in the TCP stream) of the block's or
                         ///< line's first octet
  std::uint64_t size = 0;
  std::variant<sse_event, sse_comment, sse_retry, wire_error> what;
  bool operator==(const sse_item&) const = default;
};

struct sse_limits {
  std::size_t line_octets = std::size_t{1024} * 1024;
  std::size_t data_octets = std::size_t{16} * 1024 * 1024;  ///< of one event
};

/// Parses an event stream: any line ending (CR, LF, CRLF, also cut between CR and LF), one leading
/// BOM, any cut. An item's last octet is the CR or LF that ended its line; the LF of a CRLF belongs
/// to no item, as an event is dispatched without waiting for it. A line over its limit is ignored,
/// an event with data over their limit is not dispatched; both are event_stream_line_too_long.
/// Source: WHATWG HTML, "Server-sent events", parsing and interpreting an event
/// stream.
class event_stream_decoder {
public:
  explicit event_stream_decoder(sse_limits limits = {});
  ~event_stream_decoder();
  event_stream_decoder(event_stream_decoder&&) noexcept;
  event_stream_decoder& operator=(event_stream_decoder&&) noexcept;

  void feed(octet_view input, std::vector<sse_item>& out);
  /// The body ended: an unfinished block is thrown away, and reported.
  void finish(std::vector<sse_item>& out);

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// How to write an event; fields are written in the order id, event, retry, data; CR, LF, CRLF in
/// data start a new data line.
struct sse_fields {
  std::optional<octets> id;
  std::optional<octets> event;
  std::optional<octets> retry;
  std::optional<octets> data;
  octets line_end = "\n";
};
octets encode(const sse_fields& fields);

}  // namespace halley::wire
