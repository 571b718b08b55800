#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley explain`: what a scenario, requirement, contract, capability or word of a report means.
subcommand add_explain(CLI::App& program, const command_context& context);

}  // namespace halley::cli
