#pragma once

#include "scenario/load.hpp"
#include "scenario/value.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace halley::scenario {

/// One scenario of a frozen suite.
struct frozen_scenario {
  std::string id;
  std::int64_t rev = 1;
  location at;
};

/// A list of scenarios that stays while the library grows.
struct frozen_suite {
  std::string id;    ///< "core-2026.1"
  std::string hash;  ///< of its ids and revs, 16 digits in hex; comments do not count
  std::vector<frozen_scenario> scenarios;
};

/// Reads `file`: suite: 1, id, and scenarios, a mapping of scenario ids to their rev.
/// Errors: in `problems`, with their place.
frozen_suite load_frozen_suite(const std::filesystem::path& file, std::vector<problem>& problems);

/// Adds a problem for each scenario of `of` that `all` does not have, or has in another rev.
void check_frozen_suite(const frozen_suite& of,
                        const std::vector<std::shared_ptr<const scenario>>& all,
                        std::vector<problem>& problems);

/// The file of a suite of these scenarios.
std::string frozen_suite_text(const std::string& id,
                              const std::vector<std::shared_ptr<const scenario>>& scenarios);

}  // namespace halley::scenario
