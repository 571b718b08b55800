#pragma once

#include "clock/clock.hpp"
#include "reference-server/exchange.hpp"

namespace halley::gateway {

/// What a route's service asks of whoever wants it.
struct entry {
  octet_view allow;      // methods, for a preflight; empty = any
  bool guarded = false;  // asks for the push credentials
};

/// Judges the origin and the credentials of a request, and answers a preflight.
/// Returns: whether the service may be served; else the answer was given.
/// Source: RFC 6454 §7, RFC 6455 §10.2, RFC 7617 §2, RFC 6265 §4; the Fetch standard, "HTTP CORS
/// protocol".
awaitable<bool> admit(exchange& with, entry to);

}  // namespace halley::gateway
