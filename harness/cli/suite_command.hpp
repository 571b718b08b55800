#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley suite`: writes the list of scenarios that there are now, with their revs, so that later
/// runs play exactly those. Lifetime: `context` outlives the subcommand.
subcommand add_suite(CLI::App& program, const command_context& context);

}  // namespace halley::cli
