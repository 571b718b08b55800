#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace halley::inspect {

/// Counts lengths of time in eight steps of each power of two, from a microsecond to over an hour:
/// what lies outside counts as the nearest. Small, because every flow has some; nothing is
/// allocated before the first.
class span_counts {
public:
  void add(std::chrono::nanoseconds span);

  std::uint64_t count() const { return count_; }
  std::chrono::nanoseconds min() const { return min_; }
  std::chrono::nanoseconds max() const { return max_; }
  /// Calls `take(span, count)` for each step that counted, shortest first; `span` is the middle of
  /// the step, within 7 % of what was counted.
  template <typename Take>
  void each(Take take) const {
    for (std::size_t i = 0; slots_ != nullptr && i < slots_->size(); ++i)
      if ((*slots_)[i] > 0) take(middle_of(i), std::uint64_t{(*slots_)[i]});
  }

private:
  static constexpr std::size_t steps = 8;
  static constexpr std::size_t powers = 32;
  static std::chrono::nanoseconds middle_of(std::size_t slot);

  std::unique_ptr<std::array<std::uint32_t, steps * powers>> slots_;
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds min_{0};
  std::chrono::nanoseconds max_{0};
};

/// What one side of a flow sent, as far as it was read.
struct side_figures {
  std::uint64_t octets = 0;
  std::uint64_t heads = 0;     ///< requests of a client, responses of a server, 1xx included
  std::uint64_t frames = 0;    ///< WebSocket
  std::uint64_t messages = 0;  ///< WebSocket, whole ones
  std::uint64_t sse_events = 0;
};

/// What was counted in one flow.
struct flow_figures {
  /// "http", "sse", "websocket", "tunnel", "tls", "unknown"; empty where nobody said anything.
  std::string_view protocol;
  side_figures client;
  side_figures server;
  std::chrono::nanoseconds first{0};  ///< of the first and the last octets, gap or end
  std::chrono::nanoseconds last{0};
  span_counts response;  ///< from the end of a request to the head of its final response
  span_counts echo;      ///< from a WebSocket message to one of the same length by the server
  span_counts sse_gap;   ///< from one event to the next of the same stream
};

}  // namespace halley::inspect
