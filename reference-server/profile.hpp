#pragma once

#include "transport/transport.hpp"

#include <string>

namespace halley::gateway {

/// The target profile of a gateway that listens there, as YAML: endpoints by behaviour contract,
/// hooks, capabilities.
std::string profile_text(const transport::endpoint& where);

}  // namespace halley::gateway
