#pragma once

#include "cli/subcommand.hpp"

#include <string>

namespace halley::cli {

/// `halley inspect FILE --to-scenario`: prints a scenario that does again what was captured.
/// `which`: numbers of connections with commas between them; empty: the only one, or the first
/// with a finding. Returns: the exit code.
int draft_scenario(const std::string& file,
                   const std::string& which,
                   const command_context& context);

}  // namespace halley::cli
