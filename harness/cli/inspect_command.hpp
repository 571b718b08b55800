#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley inspect`: judges captured traffic of others.
subcommand add_inspect(CLI::App& program, const command_context& context);

}  // namespace halley::cli
