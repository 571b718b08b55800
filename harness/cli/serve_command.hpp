#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley serve`: the reference gateway, or a mutant of it, as a server.
subcommand add_serve(CLI::App& program, const command_context& context);

}  // namespace halley::cli
