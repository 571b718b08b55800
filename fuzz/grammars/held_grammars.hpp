#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"

#include <string_view>

namespace halley::fuzz {

/// Requests that are answered for as long as the client is there: each exchange leaves by itself.

/// Event streams, with Last-Event-ID in many forms.
bool sse_fits(std::string_view contract);
exchange compose_sse(choices& from, const place& at, const corpus& known);

/// Long polls, with cursors in many forms.
bool long_poll_fits(std::string_view contract);
exchange compose_long_poll(choices& from, const place& at, const corpus& known);

/// Chunked streams.
bool stream_fits(std::string_view contract);
exchange compose_stream(choices& from, const place& at, const corpus& known);

}  // namespace halley::fuzz
