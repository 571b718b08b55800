#pragma once

#include "fuzz/live/exchange.hpp"

#include <functional>

namespace halley::fuzz {

/// Makes an exchange smaller that has been found with few choices already: leaves out acts, joins
/// writes, then leaves out lines and spans of octets, as long as `shows` holds of what is left.
/// Deterministic. `shows` may say no to everything once it was asked often enough.
exchange trim(exchange what, const std::function<bool(const exchange&)>& shows);

}  // namespace halley::fuzz
