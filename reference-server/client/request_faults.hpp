#pragma once

#include "base/bytes.hpp"
#include "reference-server/client/client_options.hpp"

namespace halley::gateway {

/// Changes a request head as the mutants of the client have it: what no client may send.
void damage_request_head(octets& head, const client_options& how);
/// The same for a body that is not empty.
void damage_request_body(octets& body, const client_options& how);

}  // namespace halley::gateway
