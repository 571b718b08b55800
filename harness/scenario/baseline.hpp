#pragma once

#include "scenario/load.hpp"
#include "scenario/value.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace halley::scenario {

/// One known deviation of a target.
struct baseline_entry {
  std::string match;                  ///< which instances; see instance_matches in base/glob.hpp
  std::string expect;                 ///< fail, warn, flaky, skip
  std::string variant;                ///< how it fails; empty: any
  std::vector<std::string> violates;  ///< at most these requirements; empty: any
  std::string reason;
  std::string issue;
  std::string until;   ///< the last day on which it holds, YYYY-MM-DD
  double at_most = 1;  ///< of the instances of a flaky entry, the share that may fail
  location at;
};

/// What is known of a target, and held against it strictly: an entry that does not apply any more
/// is a finding.
struct baseline {
  std::string profile;
  std::vector<baseline_entry> entries;
};

/// The reason of an entry that nobody has argued yet; halley check warns of it.
inline constexpr const char* unargued_reason = "to be argued";

/// Reads `text`; `file` only names it.
baseline parse_baseline(const std::filesystem::path& file,
                        const std::string& text,
                        std::vector<problem>& problems);

baseline load_baseline(const std::filesystem::path& file, std::vector<problem>& problems);

}  // namespace halley::scenario
