#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"

#include <string_view>

namespace halley::fuzz {

/// A seed of the corpus, or an exchange of another grammar, with up to six changes of its octets.
/// Not for proxies: a changed address could lead anywhere.
bool mutated_fits(std::string_view contract);
exchange compose_mutated(choices& from, const place& at, const corpus& known);

}  // namespace halley::fuzz
