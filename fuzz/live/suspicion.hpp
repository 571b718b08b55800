#pragma once

#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/oracles/reactions.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halley::fuzz {

/// The requirement that a target breaks which ends.
inline constexpr std::string_view crash = "crash";

/// What tells two findings apart; not where they were found.
struct finding_key {
  std::string requirement;
  std::string variant;

  auto operator<=>(const finding_key&) const = default;
};

/// An exchange that seems to show something.
struct suspicion {
  finding_key key;
  const grammar* by = nullptr;
  std::size_t stand = 0;
  std::vector<std::uint32_t> drawn;
};

/// A suspicion that came true each time it was asked for.
struct proof {
  finding_key key;
  reaction shown;
  const grammar* by = nullptr;
  std::size_t stand = 0;
  std::vector<std::uint32_t> drawn;
  exchange smallest;
  record evidence;  ///< of `smallest`
  /// What was played last, where no single exchange shows it.
  std::vector<exchange> last = {};
  std::size_t acts_before = 0;
  std::size_t plays = 0;      ///< to confirm and to shrink it
  std::size_t at_a_time = 1;  ///< so many connections that say the same show it
};

}  // namespace halley::fuzz
