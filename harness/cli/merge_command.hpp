#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley merge`: event logs of shards, or of one killed run, become one run with all reports.
subcommand add_merge(CLI::App& program, const command_context& context);

}  // namespace halley::cli
