#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley compare`: runs side by side. Lifetime: `context` outlives the subcommand.
subcommand add_compare(CLI::App& program, const command_context& context);

}  // namespace halley::cli
