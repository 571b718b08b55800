#pragma once

#include "capture/flow_sink.hpp"
#include "trace/event.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace halley::inspect {

/// Counts lengths of time, so that percentiles can be told from a fixed amount of memory.
/// Limits: a percentile is at most 4 % above that of what was added, and never above `max`.
class time_histogram {
public:
  void add(std::chrono::nanoseconds length, std::uint64_t times = 1);

  std::uint64_t count() const { return count_; }
  std::chrono::nanoseconds min() const { return min_; }
  std::chrono::nanoseconds max() const { return max_; }
  /// `part`: 0.5 for the median. Zero where nothing was counted.
  std::chrono::nanoseconds percentile(double part) const;

private:
  static constexpr std::size_t steps = 32;  // of each power of two
  std::array<std::uint64_t, 64 * steps> slots_{};
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds min_{0};
  std::chrono::nanoseconds max_{0};
};

/// How long things took, over all connections.
struct latencies {
  time_histogram response;  ///< from the end of a request to the head of its final response
  time_histogram echo;      ///< from a WebSocket message of the client to the same by the server
  time_histogram sse_gap;   ///< from one server-sent event to the next of the same stream
};

/// Measures one conversation.
class stopwatch {
public:
  explicit stopwatch(latencies& into) : into_(into) {}
  /// `from` sent what the event is about; the event's `t` counts.
  void see(capture::side from, const trace::event& one);

private:
  void see_message(capture::side from, const trace::event& one);

  latencies& into_;
  std::deque<std::chrono::nanoseconds> asked_;
  std::deque<std::pair<std::size_t, std::chrono::nanoseconds>> said_;  // hash, time
  std::optional<std::chrono::nanoseconds> last_event_;
};

}  // namespace halley::inspect
