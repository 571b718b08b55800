#pragma once

#include <string>

namespace halley::capture {

/// Whether this process may capture in the network that it is in. Source: packet(7).
bool may_capture();

/// Moves this process into a user namespace and a network namespace of its own, where it may
/// capture, and where there is nothing but a loopback device. It keeps its user and its files; what
/// it starts is there, too. For a process of one thread; there is no way back.
/// Returns: a message where that is not possible, and then nothing has changed; else empty.
/// Source: user_namespaces(7), network_namespaces(7).
std::string enter_own_network();

}  // namespace halley::capture
