#pragma once

#include "clock/clock.hpp"

#include <string>

namespace halley::engine {

/// What lies between Halley and the target while an instance is played, where Halley knows it: a
/// simulated network. On real sockets there is nothing to know.
struct surroundings {
  std::string name;        ///< for the report; empty on real sockets
  duration round_trip{0};  ///< the network's own: what silence and delays have to outlast
  duration allowance{0};   ///< for the network, on top of every upper bound
};

}  // namespace halley::engine
