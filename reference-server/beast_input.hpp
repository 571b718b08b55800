#pragma once

#include "base/bytes.hpp"
#include "reference-server/frame_cursor.hpp"
#include "reference-server/frame_faults.hpp"

namespace halley::gateway {

/// Takes octets of a peer's frames as they came and appends to `ready` what Beast is to see: with
/// the faults of a mutant, if there is one, and with a length of 2^63 or more, which Beast lets
/// through, as the protocol error that it is (RFC 6455 §5.2).
void make_ready_for_beast(octet_view input, frame_cursor& at, frame_faults* faults, octets& ready);

}  // namespace halley::gateway
