#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley listen`: plays scenarios with clients that come by themselves.
subcommand add_listen(CLI::App& program, const command_context& context);

}  // namespace halley::cli
