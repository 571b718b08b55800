#pragma once

#include "reports/run_model.hpp"

#include <string>

namespace halley::reports {

/// TAP 14: one subtest per target, one test point per counting result. A skip is `# SKIP`; a run
/// that is not complete bails out.
std::string tap_text(const run_model& model);

}  // namespace halley::reports
