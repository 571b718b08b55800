#pragma once

#include "cli/fuzz_options.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/live/second_look.hpp"
#include "fuzz/live/session.hpp"
#include "fuzz/live/stage.hpp"

#include <vector>

namespace halley::cli {

/// Plays the exchanges of the file that `options.replay` names: each alone, cut otherwise, and to
/// the targets that are compared with; then `options.jobs` of each at a time. Says what they show.
/// Returns: the exit code.
int replay_exchanges(fuzz::stage& on,
                     const std::vector<fuzz::second_look::other>& others,
                     const fuzz::patience& how_long,
                     const fuzz_options& options,
                     const command_context& context);

}  // namespace halley::cli
