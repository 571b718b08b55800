#pragma once

#include "checks/all_checks.hpp"

namespace halley::checks {

/// Event streams: what the HTML standard demands of those who send them, which is little.
check event_streams();

}  // namespace halley::checks
