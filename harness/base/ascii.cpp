#include "base/ascii.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace halley::ascii {

bool is_tchar(char c) {
  constexpr octet_view marks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
         marks.find(c) != octet_view::npos;
}

bool is_token(octet_view text) {
  return !text.empty() && std::ranges::all_of(text, is_tchar);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_control(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet < 0x20 || octet == 0x7F;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

octets to_lower(octet_view text) {
  octets result(text);
  for (char& c : result)
    c = to_lower(c);
  return result;
}

bool iequals(octet_view a, octet_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

octet_view trim_blank(octet_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

std::vector<octets> list_elements(octet_view value) {
  std::vector<octets> result;
  bool quoted = false;
  std::size_t start = 0;
  const auto take = [&](std::size_t end) {
    const auto element = trim_blank(value.substr(start, end - start));
    if (!element.empty()) result.emplace_back(element);
    start = end + 1;
  };
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (quoted && value[i] == '\\') {
      ++i;
    } else if (value[i] == '"') {
      quoted = !quoted;
    } else if (value[i] == ',' && !quoted) {
      take(i);
    }
  }
  if (start <= value.size()) take(value.size());
  return result;
}

bool list_has_token(octet_view value, octet_view token) {
  return std::ranges::any_of(list_elements(value),
                             [&](const octets& element) { return iequals(element, token); });
}

}  // namespace halley::ascii
