#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace halley {

/// Lower-case hexadecimal digits, two an octet, no separators.
std::string to_hex(octet_view data);

/// As to_hex, with a space between octets and "…" after `limit` octets: for people.
std::string to_spaced_hex(octet_view data, std::size_t limit);

/// The octets that `text` spells; white space between digits is ignored.
/// Returns: nothing where a character is no digit or the count of digits is odd.
std::optional<octets> from_hex(octet_view text);

/// Base64 with padding. Source: RFC 4648 §4.
std::string to_base64(octet_view data);

/// Strict base64: padding required, no white space, no stray bits.
/// Returns: nothing where `text` is not the encoding of any octets.
std::optional<octets> from_base64(octet_view text);

}  // namespace halley
