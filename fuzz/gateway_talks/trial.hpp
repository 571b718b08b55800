#pragma once

#include "fuzz/gateway_talks/script.hpp"

#include <set>
#include <string>

namespace halley::fuzz {

/// Plays `script` against a fresh reference gateway in a simulated world of its own, in virtual
/// time. What has to hold: whatever is said, in which pieces, and however it ends,
/// - each connection of the gateway ends after its peer has gone, and the gateway stops when told;
/// - what the gateway says breaks no rule of harness/checks, where no origin spoke through it;
/// - the life of each Comet stream is BEGIN, READ and notices, then one terminal event.
/// Returns: what does not hold, on one line a thing; empty where all does.
std::string try_gateway(const gateway_script& script, const std::set<std::string>& mutants);

}  // namespace halley::fuzz
