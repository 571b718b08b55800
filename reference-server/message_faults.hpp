#pragma once

#include "reference-server/options.hpp"
#include "reference-server/websocket.hpp"

namespace halley::gateway {

/// Whether a message may be served: text is UTF-8 (RFC 6455 §8.1), or what a mutant takes for it.
bool is_sound(const websocket::message& one, const options& how);

/// What mutants make of a message that came whole.
void damage(websocket::message& one, const options& how);

}  // namespace halley::gateway
