#pragma once

#include "cli/fuzz_options.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenes/scene.hpp"

#include <vector>

namespace halley::cli {

/// Plays models and scenes in simulation: each as often as was said, or in turn until their time is
/// over, which is taken off `options.time`. Where grammars follow, half of it is left for them.
/// Returns: the exit code.
int fuzz_sequences(const std::vector<const fuzz::model_entry*>& models,
                   const std::vector<const fuzz::scene_kind*>& scenes,
                   bool grammars_follow,
                   fuzz_options& options,
                   const command_context& context);

}  // namespace halley::cli
