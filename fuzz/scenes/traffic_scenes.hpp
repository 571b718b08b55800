#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/scenes/scene.hpp"

#include <vector>

namespace halley::fuzz {

/// Requests that are forwarded to an origin, and what it answers.
scene forward_scene(choices& from, const std::vector<stand>& stands);
/// Tunnels to an origin.
scene tunnel_scene(choices& from, const std::vector<stand>& stands);
/// Chunked requests to what streams back, their log, and writers from elsewhere.
scene comet_scene(choices& from, const std::vector<stand>& stands);
/// Requests for any service, one behind the other and side by side.
scene request_scene(choices& from, const std::vector<stand>& stands);
/// A WebSocket conversation: offers, messages whole and in fragments, control frames, closes.
scene websocket_scene(choices& from, const std::vector<stand>& stands);
/// What the grammars say on one connection, several times over.
scene grammar_scene(choices& from, const std::vector<stand>& stands);

}  // namespace halley::fuzz
