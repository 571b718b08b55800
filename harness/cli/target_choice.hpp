#pragma once

#include "cli/capture_choice.hpp"
#include "cli/embedded_gateway.hpp"
#include "cli/run_options.hpp"
#include "cli/run_world.hpp"
#include "engine/client_driver.hpp"
#include "scenario/load.hpp"
#include "scenario/profile.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace halley::cli {

/// What a run is aimed at.
struct target_choice {
  std::unique_ptr<run_world> world;
  scenario::profile profile;
  std::shared_ptr<engine::client_driver> client;  ///< the embedded client; null as the next
  std::unique_ptr<embedded_gateway> embedded;     ///< null where another target was named
  capture_choice capture;
  std::string problem;          ///< bad usage: what is wrong
  bool infrastructure = false;  ///< the problem is ours or the machine's, not the command line's
  std::vector<scenario::problem> problems;  ///< of the profile file
};

/// --target, --url and --set, in that order; without any of the first two, the embedded gateway
/// with --mutant, and with --sim that in a simulated world. May enter a network of its own for
/// --capture, so it is called before there is any thread or socket.
target_choice choose_target(const run_options& options, std::uint64_t seed);

}  // namespace halley::cli
