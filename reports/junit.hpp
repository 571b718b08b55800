#pragma once

#include "reports/run_model.hpp"

#include <string>

namespace halley::reports {

/// JUnit XML: one testsuite per target and scenario group, one testcase per counting result, at
/// most six nodes a case. A warn passes with a property; an error is <error>, never <failure>.
std::string junit_text(const run_model& model);

}  // namespace halley::reports
