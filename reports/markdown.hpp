#pragma once

#include "reports/run_model.hpp"

#include <cstddef>
#include <string>

namespace halley::reports {

/// Octets that one Markdown summary may have: the step summaries of CI systems end at 1 MiB.
inline constexpr std::size_t markdown_limit = std::size_t{900} * 1000;

/// A summary for CI pages and reviews: score table, failures first and folded, skips. What does not
/// fit into `limit` is counted in the last lines.
std::string markdown_text_of(const run_model& model, std::size_t limit = markdown_limit);

}  // namespace halley::reports
