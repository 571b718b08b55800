#pragma once

#include "cli/run_options.hpp"
#include "cli/subcommand.hpp"
#include "scenario/scenario.hpp"

#include <vector>

namespace halley::cli {

/// Plays `instances` in simulation with `options.seeds` seeds, one after the other from the run's
/// seed on, all or (`options.draw`) one of each scenario with each seed, and keeps no evidence: a
/// seed that fails shows it again with `halley run --sim --seed`, octet for octet. Prints for each
/// instance that failed the command that does so. Returns: the exit code.
int sweep_seeds(const run_options& options,
                const std::vector<scenario::instance>& instances,
                const command_context& context);

}  // namespace halley::cli
