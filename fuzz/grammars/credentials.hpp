#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/grammars/request_draft.hpp"
#include "fuzz/live/exchange.hpp"

namespace halley::fuzz {

/// Adds what a guarded endpoint asks for, in most cases as it asks for it: the credentials and the
/// origin of the contract http.guarded. Nothing where the contract is another.
void draw_credentials(choices& from, const place& at, request_draft& draft);

}  // namespace halley::fuzz
