#pragma once

#include "fuzz/live/exchange.hpp"
#include "fuzz/live/suspicion.hpp"
#include "fuzz/scenario_writer.hpp"

#include <string>

namespace halley::fuzz {

/// `octets` as a scenario file holds them: where authority and path of `at` stand, the endpoint of
/// whatever target it is played against; the rest as text where it is plain, else as hex digits.
value octets_value(octet_view octets, const place& at);

/// A finding as a scenario: says what the exchange said, and names what was shown "shown". A target
/// that does something else passes.
scenario_writer scenario_of(const proof& what, const std::string& id);

}  // namespace halley::fuzz
