#pragma once

#include "capture/flow_sink.hpp"
#include "inspect/event_filter.hpp"
#include "inspect/event_line.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/verdict.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace halley::inspect {

struct view_choice {
  detail how;
  event_filter filter;
  std::chrono::nanoseconds silence{std::chrono::seconds{1}};  ///< shown where it lasted as long
};

/// One connection as a conversation: each message with its time, its frame and what is wrong with
/// it. Known when the connection has been judged. Limits: 100,000 lines, 64 MiB.
class conversation_view {
public:
  explicit conversation_view(const view_choice& choice) : choice_(choice) {}

  void see(const capture::flow_opening& flow, const seen_event& one);
  std::string text(const flow_verdict& verdict) const;

private:
  struct line {
    std::chrono::nanoseconds t{0};
    capture::side from = capture::side::client;
    std::uint64_t off = 0;
    std::uint64_t end = 0;
    std::uint64_t frame = 0;
    unsigned depth = 0;
    std::string what;
    std::string hex;
  };

  std::size_t place_of(const flow_finding& one) const;

  const view_choice& choice_;
  std::vector<line> lines_;
  std::size_t size_ = 0;
  std::uint64_t left_out_ = 0;
};

/// The events of all connections, a line each, as they come in the capture.
class event_list {
public:
  event_list(const view_choice& choice, std::ostream& to) : choice_(choice), to_(to) {}

  void see(const capture::flow_opening& flow, const seen_event& one);

private:
  const view_choice& choice_;
  std::ostream& to_;
  std::optional<std::chrono::nanoseconds> first_;
};

/// The silences of one connection that last as long as the choice says.
class silence_list {
public:
  silence_list(const capture::flow_opening& flow, const view_choice& choice, std::ostream& to)
      : flow_(flow), choice_(choice), to_(to) {}

  void see(const seen_event& one);

private:
  capture::flow_opening flow_;
  const view_choice& choice_;
  std::ostream& to_;
  std::optional<std::chrono::nanoseconds> last_;
};

}  // namespace halley::inspect
