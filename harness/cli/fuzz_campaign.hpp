#pragma once

#include "cli/fuzz_options.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/model.hpp"

#include <vector>

namespace halley::cli {

/// Plays exchanges of `grammars` to the target that the options choose, shows what is found and
/// keeps it; on sockets, sequences of `models` before. Returns: the exit code.
int fuzz_target(const std::vector<const fuzz::grammar*>& grammars,
                const std::vector<const fuzz::model_entry*>& models,
                fuzz_options& options,
                const command_context& context);

}  // namespace halley::cli
