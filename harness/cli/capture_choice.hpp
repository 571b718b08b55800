#pragma once

#include "cli/run_options.hpp"
#include "scenario/profile.hpp"

#include <string>

namespace halley::cli {

/// Where the packets of a run can be captured.
struct capture_choice {
  bool own_network = false;  ///< in a network namespace that this process has entered
  std::string denied;        ///< nowhere: why; else empty
};

/// Whether Halley starts everything that a run against `target` connects to: there is `launch`, and
/// no address of something that runs already.
bool starts_all_of(const run_options& options, const scenario::profile& target);

/// Looks whether what --capture wants can be had. Where it cannot, but Halley starts all of the
/// target (`self_contained`), it enters a network of its own; so this is called before there is any
/// thread or socket.
capture_choice choose_capture(const run_options& options, bool self_contained);

}  // namespace halley::cli
