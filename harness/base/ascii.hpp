#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace halley::ascii {

/// Whether `c` may stand in a token. Source: RFC 9110 §5.6.2 (tchar).
bool is_tchar(char c);
/// Whether `text` is one or more tchar. Source: RFC 9110 §5.6.2 (token).
bool is_token(octet_view text);
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
/// SP or HTAB: the only white space that HTTP allows inside a line. Source: RFC 9110 §5.6.3 (OWS).
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
/// Octets 0x00–0x1F and 0x7F.
constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}
/// 0–15, or -1 where `c` is no hexadecimal digit.
int hex_digit(char c);

char to_lower(char c);
octets to_lower(octet_view text);
/// Whether the two are equal when ASCII letters are folded.
bool iequals(octet_view a, octet_view b);

/// `text` without leading and trailing SP and HTAB.
octet_view trim_blank(octet_view text);

/// The elements of a comma-separated list, blanks trimmed, empty elements dropped; commas inside
/// quoted strings do not separate. Source: RFC 9110 §5.6.1 (lists), §5.6.4 (quoted-string).
std::vector<octets> list_elements(octet_view value);

/// Whether the comma-separated list `value` holds `token`, ASCII case-insensitively.
bool list_has_token(octet_view value, octet_view token);

}  // namespace halley::ascii
