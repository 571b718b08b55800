#pragma once

#include "checks/all_checks.hpp"

namespace halley::checks {

/// The opening handshake, either side.
check websocket_handshake();
/// Frames, messages, permessage-deflate and the close.
check websocket_frames();

}  // namespace halley::checks
