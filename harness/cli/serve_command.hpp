#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley serve`: the reference gateway, or a mutant of it, as a server; or a network that
/// misbehaves, in front of it or of another server.
subcommand add_serve(CLI::App& program, const command_context& context);

}  // namespace halley::cli
