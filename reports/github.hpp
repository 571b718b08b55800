#pragma once

#include "reports/run_model.hpp"

#include <cstddef>
#include <string>

namespace halley::reports {

/// How many annotations of each severity GitHub shows of one step.
inline constexpr std::size_t annotation_limit = 10;

/// Workflow commands that GitHub Actions makes annotations of: an error for each MUST that was
/// violated, each cause of an `error` and each finding of a baseline; a warning for each SHOULD
/// (an error where the run is strict). What a baseline knows is left out. Where there are more
/// than annotation_limit, the last one says how many.
/// Source: "Workflow commands for GitHub Actions": % CR LF are escaped, in properties : , as well.
std::string github_text(const run_model& model);

}  // namespace halley::reports
