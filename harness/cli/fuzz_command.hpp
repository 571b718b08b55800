#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley fuzz`: plays generated sequences, shrinks what fails, and writes it as a scenario file.
subcommand add_fuzz(CLI::App& program, const command_context& context);

}  // namespace halley::cli
