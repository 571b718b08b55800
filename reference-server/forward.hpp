#pragma once

#include "clock/clock.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/forward_head.hpp"

namespace halley::gateway {

/// Forwards a request to its origin and the answer to its client. Both go on as they come: a piece
/// of body that was read is on its way before the next one is waited for, an answer may begin and
/// end before the request has ended, and what is cut on one side is cut on the other.
/// Each request has a connection of its own to the origin.
/// Source: RFC 9110 §7.6, RFC 9112 §2.3, §6, §8.
awaitable<void> forward(exchange& with, onward to);

}  // namespace halley::gateway
