#pragma once

#include "clock/clock.hpp"
#include "reference-server/exchange.hpp"
#include "transport/transport.hpp"

#include <memory>

namespace halley::gateway {

/// Who counts as having gone while nobody but us has anything to do.
enum class leaving {
  by_end,    // a client that has sent its FIN and nothing else
  by_reset,  // only one that sent RST: a FIN may be half of a close
};

/// Connects to `where` for this exchange, at most for the connect timeout.
/// Returns: null with `error` set: timed_out; operation_aborted where the client goes away
/// meanwhile, which cancels the connect.
awaitable<std::unique_ptr<transport::transport>> reach(exchange& with,
                                                       const transport::endpoint& where,
                                                       leaving gone,
                                                       error_code& error);

}  // namespace halley::gateway
