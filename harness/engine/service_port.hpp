#pragma once

#include "clock/clock.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <memory>

namespace halley::engine {

/// Holds a free port of 127.0.0.1 for a program that takes it once the listener is gone. It lies
/// outside of the range from which outgoing connections get theirs (ip_local_port_range, ip(7)):
/// with thousands of them beside, one may else come in between. Any free port where that range
/// leaves no room.
std::unique_ptr<transport::listener> hold_service_port(transport::runtime& world,
                                                       error_code& error);

}  // namespace halley::engine
