#pragma once

#include "inspect/inspection.hpp"

#include <string>

namespace halley::cli {

/// What a capture showed as JUnit XML: one case a rule and side. A violation fails, a SHOULD passes
/// with a property; what was not judged is a skipped case.
std::string junit_text(const inspect::inspection& of);

}  // namespace halley::cli
