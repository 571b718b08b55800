#pragma once

#include "reports/run_model.hpp"

#include <ostream>
#include <string>

namespace halley::cli {

/// Rewrites the baseline `file` in one step so that it says what `model` saw, and prints what it
/// changed. A run that was interrupted, or that never came to its target, changes nothing.
/// Returns: a message on failure, else empty.
std::string rewrite_baseline(const std::string& file,
                             const reports::run_model& model,
                             std::ostream& out);

}  // namespace halley::cli
