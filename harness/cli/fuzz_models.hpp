#pragma once

#include "cli/fuzz_options.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/model.hpp"

#include <string>

namespace halley::cli {

/// Plays sequences of one model in simulation, shows what is found and keeps it as a scenario.
/// Returns: the exit code.
int fuzz_model(const fuzz::model_entry& model,
               const fuzz_options& options,
               const command_context& context);

/// Says that Halley itself is at fault. Returns: the exit code.
int fuzz_bug(const command_context& context, const std::string& text);

}  // namespace halley::cli
