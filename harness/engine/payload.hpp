#pragma once

#include "base/bytes.hpp"
#include "scenario/value.hpp"

#include <cstdint>

namespace halley::engine {

/// The most octets that one value of a scenario may describe.
inline constexpr std::uint64_t payload_limit = 64UL * 1024U * 1024U;

/// The octets that a resolved value stands for: text and numbers as they are, or one of
/// {hex}, {base64}, {text}, {pattern, size, seed}, {concat: [...]}, {repeat: value, count: n}.
/// Patterns: zero, counter (00 01 … ff 00 …), ascii (printable), utf8 (whole characters of one to
/// four octets, cut at a border and filled with '.'), prng (from `seed`). Limits: payload_limit.
/// Errors: throws bad_expression.
octets to_octets(const scenario::value& what);

/// A resolved number of octets, 65536 or "64KiB". Errors: throws bad_expression.
std::uint64_t to_size(const scenario::value& what);

}  // namespace halley::engine
