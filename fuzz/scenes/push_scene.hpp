#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/scenes/scene.hpp"

#include <vector>

namespace halley::fuzz {

/// Subscribers of a topic by event streams, polls, chunks and WebSockets, publishers, ends.
scene push_scene(choices& from, const std::vector<stand>& stands);
/// The same topic behind credentials, cookies and origins.
scene access_scene(choices& from, const std::vector<stand>& stands);

}  // namespace halley::fuzz
