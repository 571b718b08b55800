#pragma once

#include "reference-server/options.hpp"
#include "transport/transport.hpp"

#include <optional>
#include <string>

namespace halley::gateway {

/// Where a gateway listens, and those beside it that were told something else.
struct addresses {
  transport::endpoint usual;
  std::optional<transport::endpoint> restricted = std::nullopt;  ///< restricted_options()
  std::optional<transport::endpoint> impatient = std::nullopt;   ///< impatient_options()
};

/// The target profile of these gateways, as YAML: endpoints by behaviour contract, hooks,
/// capabilities.
std::string profile_text(const addresses& where);

/// What a gateway is told that keeps the contract proxy.restricted.
options restricted_options(options how);

/// What a gateway is told that keeps the contract proxy.impatient.
options impatient_options(options how);

}  // namespace halley::gateway
