#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"

#include <string_view>

namespace halley::fuzz {

/// An opening handshake and up to eight messages and control frames.
bool websocket_fits(std::string_view contract);
exchange compose_websocket(choices& from, const place& at, const corpus& known);

}  // namespace halley::fuzz
