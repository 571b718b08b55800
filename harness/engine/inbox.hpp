#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "trace/event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace halley::engine {

/// How far an actor has read what came on a connection. Octets and decoded events are two views of
/// the same stream, so one position holds for both.
struct cursor {
  std::size_t index = 0;     ///< of the next decoded event
  std::size_t used = 0;      ///< octets of that event already read (a body may be read in pieces)
  std::uint64_t offset = 0;  ///< of the next octet in the stream

  bool operator==(const cursor&) const = default;
};

/// What the target sent on one connection: octets, the events decoded from them, and how it ended.
/// Nothing is consumed but by `move_to`. Limits: octets behind the cursor are dropped.
class inbox {
public:
  void add_octets(octet_view data, instant arrived = instant{0});
  void add_event(trace::event one);

  const std::vector<trace::event>& events() const { return events_; }
  const cursor& position() const { return position_; }
  void move_to(const cursor& to);

  /// The octets that came from stream offset `from` on.
  octet_view octets_from(std::uint64_t from) const;
  std::uint64_t end_offset() const { return base_ + octets_.size(); }
  /// When the octet before stream offset `end` came; zero where it is behind the cursor.
  instant arrival_of(std::uint64_t end) const;
  /// From which offset on the stream is opaque (a tunnel, or no HTTP at all).
  std::optional<std::uint64_t> opaque_from() const { return opaque_from_; }
  bool ended() const { return ended_; }
  /// Whether a response with the content type text/event-stream began.
  bool event_stream() const { return event_stream_; }

  /// `at` moved to `offset` in the stream: events that lie wholly before are behind it.
  cursor skip_to(cursor at, std::uint64_t offset) const;

private:
  struct arrival {
    std::uint64_t end = 0;  ///< stream offset behind the octets that came
    instant at{0};
  };

  std::vector<trace::event> events_;
  std::deque<arrival> arrivals_;  ///< of the octets in front of the cursor
  cursor position_;
  octets octets_;
  std::uint64_t base_ = 0;  ///< stream offset of octets_' first octet
  std::optional<std::uint64_t> opaque_from_;
  bool ended_ = false;
  bool event_stream_ = false;
};

/// Whether `one` is the end of the target's stream: FIN, RST, or a connection that failed.
bool is_end(const trace::event& one);

}  // namespace halley::engine
