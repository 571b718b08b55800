#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley check`: reads scenario, profile and ledger files and says what is wrong; plays nothing.
subcommand add_check(CLI::App& program, const command_context& context);

}  // namespace halley::cli
