#include "reference-server/chunk_line.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace halley::gateway {
namespace {

constexpr unsigned hexadecimal = 16;
/// The digits that the mutant which counts leading zeros reads.
constexpr std::size_t counted_digits = 16;

octet_view skip_blank(octet_view text) {
  while (!text.empty() && ascii::is_blank(text.front()))
    text.remove_prefix(1);
  return text;
}

/// Takes a token or a quoted-string off the front; nothing taken means neither is there.
std::size_t word_length(octet_view text) {
  if (!text.starts_with('"'))
    return static_cast<std::size_t>(std::ranges::find_if_not(text, ascii::is_tchar) - text.begin());
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return 0;
}

/// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
/// Source: RFC 9112 §7.1.1.
bool is_extensions(octet_view text, const options& how) {
  if (!text.empty() && how.mutant("chunk-extension-refused")) return false;
  if (how.mutant("extension-unread") && text.find_first_of("; ") == 0) return true;
  if (std::ranges::any_of(text, [](char c) { return ascii::is_control(c) && c != '\t'; }))
    return false;
  const bool no_blanks = how.mutant("extension-blank-refused");
  const auto next = [no_blanks](octet_view rest) { return no_blanks ? rest : skip_blank(rest); };
  while (!text.empty()) {
    text = next(text);
    if (!text.starts_with(';')) return false;
    text = next(text.substr(1));
    const std::size_t name = text.starts_with('"') ? 0 : word_length(text);
    if (name == 0) return false;
    text.remove_prefix(name);
    const octet_view behind = next(text);
    if (!behind.starts_with('=')) continue;
    text = next(behind.substr(1));
    const std::size_t value = word_length(text);
    if (value == 0) return false;
    text.remove_prefix(value);
  }
  return true;
}

/// How many octets at the front of `line` are the size.
std::size_t count_digits(octet_view line, const options& how) {
  const bool lower_only = how.mutant("hex-lower-only");
  const auto end = std::ranges::find_if_not(line, [lower_only](char c) {
    return ascii::hex_digit(c) >= 0 && (!lower_only || c == ascii::to_lower(c));
  });
  return static_cast<std::size_t>(end - line.begin());
}

std::optional<std::uint64_t> size_of(octet_view digits, const options& how) {
  if (how.mutant("chunk-size-wraps")) return careless_number(digits, hexadecimal);
  if (how.mutant("chunk-size-in-32-bits"))
    return static_cast<std::uint32_t>(careless_number(digits, hexadecimal));
  if (how.mutant("chunk-size-of-16-digits") && digits.size() > counted_digits) return std::nullopt;
  std::uint64_t size = 0;
  for (const char digit : digits) {
    if (size >> 60U != 0) return std::nullopt;  // would pass 64 bits
    size = size * hexadecimal + static_cast<std::uint64_t>(ascii::hex_digit(digit));
  }
  return size;
}

}  // namespace

std::optional<std::uint64_t> parse_chunk_line(octet_view line, const options& how) {
  if (how.mutant("chunk-size-by-strtol")) return careless_number(line, hexadecimal);
  const std::size_t digits = count_digits(line, how);
  if (digits == 0 || !is_extensions(line.substr(digits), how)) return std::nullopt;
  return size_of(line.substr(0, digits), how);
}

}  // namespace halley::gateway
