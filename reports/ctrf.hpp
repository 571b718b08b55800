#pragma once

#include "reports/run_model.hpp"

#include <string>

namespace halley::reports {

/// The run as CTRF 1.0 (ctrf.io), for dashboards that take it. pass, warn → passed; info → other;
/// skip and what a baseline knows → skipped; fail, error → failed. `rawStatus` is our verdict. Of
/// several attempts the last one is the test, `retries` counts the others.
/// Source: the Common Test Report Format, its schema of version 1.0.
std::string ctrf_text(const run_model& model);

}  // namespace halley::reports
