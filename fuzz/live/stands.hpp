#pragma once

#include "engine/target.hpp"
#include "fuzz/live/stage.hpp"

#include <string>
#include <vector>

namespace halley::fuzz {

/// The endpoints of `target` at which an exchange can be played, `key` put in where topics are kept
/// apart. What leads to an actor of a scenario, or off this machine, is left out.
std::vector<stand> stands_of(const engine::target& target, const std::string& key);

}  // namespace halley::fuzz
