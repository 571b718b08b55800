#pragma once

#include "clock/clock.hpp"
#include "reference-server/request.hpp"

#include <cstddef>
#include <limits>
#include <optional>

namespace halley::gateway {

/// What a request asks of its handler; by default to echo to the end.
struct comet_plan {
  enum class point { never, begin, read };

  point ends = point::never;  // of its own accord, in BEGIN or behind the first READ
  std::optional<duration> ends_after;
  point fails = point::never;
  std::size_t takes = std::numeric_limits<std::size_t>::max();  // octets in a READ; rest unread
  std::size_t floods = 0;                                       // octets written in BEGIN
  std::optional<duration> patience;                             // for a client that does not read
};

/// Reads close=begin|read|MS, fail=begin|read, unread=1|rest, flood=OCTETS, patience=MS.
/// Returns: nothing where one of them has another value.
std::optional<comet_plan> read_plan(const request& head);

}  // namespace halley::gateway
