#pragma once

#include "base/bytes.hpp"
#include "inspect/event_filter.hpp"
#include "inspect/flow_judge.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace halley::inspect {

/// How finely views show what was said.
struct detail {
  bool frames = false;  ///< frames, chunks and pieces instead of messages
  bool ends = false;    ///< also where bodies end and directions begin to be something else
  bool hex = false;
};

/// What a view shows of one event.
struct event_line {
  std::string what;   ///< safe for terminals
  event_facts facts;  ///< `text` lives as long as the event
  bool masked = false;
};

/// Returns: nothing where a view of this detail does not show such events.
std::optional<event_line> describe(const seen_event& one, const detail& how);

/// Rows of sixteen octets: offset, hex, text. At most `limit` octets.
std::string hex_rows(octet_view data, std::uint64_t off, std::size_t limit = 4096);

}  // namespace halley::inspect
