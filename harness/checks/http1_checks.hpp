#pragma once

#include "checks/all_checks.hpp"

namespace halley::checks {

/// The octets of HTTP/1.1 messages: start lines, field lines, framing fields, chunked coding.
check http1_syntax();
/// What heads say: fields that a status demands or forbids, and the order of messages.
check http1_semantics();

}  // namespace halley::checks
