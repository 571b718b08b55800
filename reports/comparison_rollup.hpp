#pragma once

#include "reports/comparison.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace halley::reports {

/// What one column made of the requirements of one group, by level; see level_score.
struct rollup_cell {
  std::uint64_t must_held = 0;
  std::uint64_t must_tested = 0;
  std::uint64_t should_held = 0;
  std::uint64_t should_tested = 0;
  std::uint64_t failed = 0;  ///< instances
  std::uint64_t played = 0;  ///< instances that were judged
  bool operator==(const rollup_cell&) const = default;
};

/// A family, a section of an RFC or a requirement over all columns.
struct rollup_row {
  std::string key;    ///< "ws", "RFC 6455 §5.2", "rfc6455/5.2-rsv"
  std::string level;  ///< of a requirement
  std::string says;   ///< of a requirement
  std::vector<rollup_cell> cells;
  bool different = false;  ///< columns that tested it came to different ends
};

/// A requirement is tested where an instance that has it was judged, and held where none violated
/// it, as in scores.hpp; here within the group.
struct rollup {
  std::vector<rollup_row> families;      ///< in order of name, the whole (key "") first
  std::vector<rollup_row> sections;      ///< in the order of RFC and section
  std::vector<rollup_row> requirements;  ///< in order of id
};

rollup roll_up(const comparison& all);

}  // namespace halley::reports
