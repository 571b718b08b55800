#pragma once

#include "fuzz/live/exchange.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/session.hpp"
#include "fuzz/live/stage.hpp"
#include "transport/transport.hpp"

namespace halley::fuzz {

/// Plays one exchange while nothing else is under way, and waits until nothing refers to it.
record play_alone(stage& on,
                  const exchange& what,
                  const transport::endpoint& to,
                  const patience& how_long);

}  // namespace halley::fuzz
