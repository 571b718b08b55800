#pragma once

#include "capture/flow_sink.hpp"
#include "trace/event.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace halley::inspect {

/// An event that checks may ask for, and where it came from.
struct kept_event {
  trace::event what;
  std::uint64_t order = 0;   ///< among all events of its flow
  std::uint64_t frame = 0;   ///< that holds its first octet; 0 where that is not known any more
  std::uint64_t serial = 0;  ///< among all that were given to the keeper
  bool idle = false;         ///< no check would miss it
};

/// Keeps of one conversation's events what the checks read, and no more: the judgement on what is
/// kept is that on all there were, but for the payload octets that a finding quotes.
/// Limits: `most_events`, `most_octets`; behind them `full` holds and nothing more is kept.
class event_keeper {
public:
  static constexpr std::size_t most_events = 200'000;
  static constexpr std::size_t most_octets = std::size_t{64} * 1024 * 1024;

  event_keeper();
  ~event_keeper();
  event_keeper(const event_keeper&) = delete;
  event_keeper& operator=(const event_keeper&) = delete;

  void add(kept_event one);
  bool full() const { return full_; }

  std::vector<kept_event>& events() { return events_; }
  const std::vector<kept_event>& events() const { return events_; }

  /// Leaves out what no check asks for.
  void compact();

private:
  class idle_events;

  void drop(std::uint64_t serial);

  std::array<std::unique_ptr<idle_events>, 2> ways_;
  std::uint64_t serial_ = 0;
  std::vector<kept_event> events_;
  std::size_t octets_ = 0;
  std::size_t compact_at_ = 1024;
  bool full_ = false;
};

}  // namespace halley::inspect
