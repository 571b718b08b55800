#pragma once

#include "engine/target.hpp"
#include "fuzz/outcome.hpp"
#include "scenario/scenario.hpp"
#include "trace/event.hpp"
#include "transport/runtime.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace halley::fuzz {

/// Where and how a scenario is played beside exchanges.
struct scenario_ground {
  transport::runtime& world;
  engine::target& tested;
  bool exact_time = false;  ///< virtual time
  std::uint64_t seed = 1;
  /// Runs the world until that holds.
  std::function<void(const std::function<bool()>&)> run;
  std::function<void(const trace::event&)> tell = {};  ///< gets what happens, in order
};

/// What stands for ${key} in the scenario `id`.
std::string key_of(std::uint64_t seed, const std::string& id);

/// Plays `what`, which has no matrix, and judges it as a run does, passive checks included.
outcome play_scenario(const std::shared_ptr<const scenario::scenario>& what,
                      const scenario_ground& on);

}  // namespace halley::fuzz
