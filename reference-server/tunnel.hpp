#pragma once

#include "clock/clock.hpp"
#include "reference-server/connection.hpp"
#include "transport/transport.hpp"

#include <memory>

namespace halley::gateway {

/// Carries octets both ways until both directions have ended: one buffer a direction, so the sender
/// is read no faster than the receiver takes. A FIN goes on behind what is outstanding and the
/// other direction lives on, bounded; an RST is an RST on the other side at once. Octets that the
/// client sent ahead go first.
awaitable<void> run_tunnel(std::shared_ptr<connection> client,
                           std::unique_ptr<transport::transport> target);

}  // namespace halley::gateway
