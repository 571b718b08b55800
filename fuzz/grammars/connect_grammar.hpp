#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/grammars/http_deviations.hpp"
#include "fuzz/live/exchange.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace halley::fuzz {

/// Tunnels, and requests that are forwarded. All lead to 127.0.0.1: to the proxy itself or to a
/// port where nobody listens. What is wrong on purpose leaves the host of a target as it is.
bool connect_fits(std::string_view contract);
exchange compose_connect(choices& from, const place& at, const corpus& known);

/// What the target of CONNECT must not be.
std::span<const http_deviation> connect_deviations();
/// Those of other tables that do not touch targets and Host.
const std::vector<http_deviation>& forwarded_deviations();

}  // namespace halley::fuzz
