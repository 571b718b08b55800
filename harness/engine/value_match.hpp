#pragma once

#include "base/bytes.hpp"
#include "scenario/scenario.hpp"

#include <optional>
#include <string>

namespace halley::engine {

/// Whether `got` (nothing = the field is absent) satisfies `wanted`, whose operand is resolved.
/// Numbers and booleans are compared as they are written. A plain value means equality of the whole
/// value. Limits: `matches` looks at the first 64 KiB. Errors: throws bad_expression for an operand
/// that makes no sense.
bool satisfies(const std::optional<octets>& got, const scenario::match& wanted);

/// "426", "token websocket", "200–299", "absent": for people, printable.
std::string describe(const scenario::match& wanted);

}  // namespace halley::engine
