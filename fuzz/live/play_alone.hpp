#pragma once

#include "clock/clock.hpp"
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

/// Lets time pass while nothing else is under way.
void wait_alone(stage& on, duration how_long);

}  // namespace halley::fuzz
