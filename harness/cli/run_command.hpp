#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley run`: plays scenarios against a target and writes everything it saw below out/.
subcommand add_run(CLI::App& program, const command_context& context);

}  // namespace halley::cli
