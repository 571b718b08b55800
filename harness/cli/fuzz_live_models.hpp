#pragma once

#include "cli/fuzz_options.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/model.hpp"
#include "scenario/profile.hpp"

#include <functional>
#include <vector>

namespace halley::cli {

/// A target on sockets that sequences are played on.
struct live_ground {
  fuzz::stage& on;
  const scenario::profile& profile;
  std::function<bool()> stopped;  ///< somebody wants it to end
};

/// Plays models on a target that has what they need, each as often as was said, or in turn until
/// their time is over, which is taken off `options.time`. Where grammars follow, half of it is left
/// for them. What is found and comes true again is shown and kept as a scenario.
/// Returns: the exit code.
int fuzz_live_models(const std::vector<const fuzz::model_entry*>& models,
                     const live_ground& ground,
                     bool grammars_follow,
                     fuzz_options& options,
                     const command_context& context);

}  // namespace halley::cli
