#pragma once

#include "fuzz/live/exchange.hpp"

#include <string>
#include <vector>

namespace halley::fuzz {

/// What is wrong with the octets of an exchange, in the words of the harness's own decoders, and
/// what they leave to others: the fields that a request needs, what stands twice, what is too long.
/// For tests: how the deviations of grammars are known to break something. A WebSocket handshake is
/// answered as a server does that takes it, with the compression that was offered first.
std::vector<std::string> wrong_in(const exchange& what);

}  // namespace halley::fuzz
