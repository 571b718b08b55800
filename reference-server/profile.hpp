#pragma once

#include "reference-server/options.hpp"
#include "transport/transport.hpp"

#include <optional>
#include <string>

namespace halley::gateway {

/// The target profile of a gateway that listens there, as YAML: endpoints by behaviour contract,
/// hooks, capabilities. `restricted`: where another one listens that was told restricted_options().
std::string profile_text(const transport::endpoint& where,
                         const std::optional<transport::endpoint>& restricted = std::nullopt);

/// What a gateway is told that keeps the contract proxy.restricted.
options restricted_options(options how);

}  // namespace halley::gateway
