#pragma once

#include "cli/subcommand.hpp"

namespace CLI {
class App;
}

namespace halley::cli {

/// `halley client`: the reference client, commanded by the driver protocol on stdin and stdout.
subcommand add_client(CLI::App& program, const command_context& context);

}  // namespace halley::cli
