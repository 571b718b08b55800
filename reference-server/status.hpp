#pragma once

#include "reference-server/core.hpp"

#include <nlohmann/json_fwd.hpp>

namespace halley::gateway {

/// The state of a gateway, as GET /status shows it.
nlohmann::json status_of(core& shared);

}  // namespace halley::gateway
