#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"

#include <string_view>

namespace halley::fuzz {

/// One to four requests on one connection.
bool http_fits(std::string_view contract);
exchange compose_http(choices& from, const place& at, const corpus& known);

}  // namespace halley::fuzz
