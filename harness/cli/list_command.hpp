#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley list`: what there is to play, to require, to be.
subcommand add_list(CLI::App& program, const command_context& context);

}  // namespace halley::cli
