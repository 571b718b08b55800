#pragma once

#include "clock/clock.hpp"
#include "reference-server/connection.hpp"

#include <memory>

namespace halley::gateway {

/// Serves the requests of one connection in their order, until either side ends it.
awaitable<void> serve_http(std::shared_ptr<connection> on);

}  // namespace halley::gateway
