#pragma once

#include "draft/recorded.hpp"
#include "draft/step_list.hpp"

#include <string>

namespace halley::draft {

/// Whether a proxy opened a tunnel on one of the connections.
bool has_tunnel(const recorded& from);

/// Makes steps of a tunnel: Halley is the client, and the origin behind the proxy says what came
/// out of the tunnel. What is carried is octets, sent in the turns in which they were captured.
/// Returns: why it cannot be drafted; empty where it can.
std::string draft_tunnel(const recorded& from, step_list& to);

}  // namespace halley::draft
