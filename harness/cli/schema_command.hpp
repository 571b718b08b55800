#pragma once

#include "cli/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

/// `halley schema`: the JSON Schema of a kind of file.
subcommand add_schema(CLI::App& program, const command_context& context);

}  // namespace halley::cli
