#include "base/ascii.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace halley::ascii {
namespace {

constexpr std::array<bool, 256> tchars = [] {
  std::array<bool, 256> result{};
  for (const char c : octet_view("!#$%&'*+-.^_`|~0123456789"))
    result.at(static_cast<unsigned char>(c)) = true;
  for (char c = 'a'; c <= 'z'; ++c)
    result.at(static_cast<unsigned char>(c)) = true;
  for (char c = 'A'; c <= 'Z'; ++c)
    result.at(static_cast<unsigned char>(c)) = true;
  return result;
}();

/// Calls `take` with each element, until it returns false.
template <typename Take>
void each_element(octet_view value, Take take) {
  bool quoted = false;
  std::size_t start = 0;
  const auto goes_on = [&](std::size_t end) {
    const auto element = trim_blank(value.substr(start, end - start));
    start = end + 1;
    return element.empty() || take(element);
  };
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (quoted && value[i] == '\\') {
      ++i;
    } else if (value[i] == '"') {
      quoted = !quoted;
    } else if (value[i] == ',' && !quoted && !goes_on(i)) {
      return;
    }
  }
  goes_on(value.size());
}

}  // namespace

bool is_tchar(char c) {
  return tchars[static_cast<unsigned char>(c)];
}

bool is_token(octet_view text) {
  return !text.empty() && std::ranges::all_of(text, is_tchar);
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
  each_element(value, [&](octet_view element) {
    result.emplace_back(element);
    return true;
  });
  return result;
}

bool list_has_token(octet_view value, octet_view token) {
  bool found = false;
  each_element(value, [&](octet_view element) {
    found = iequals(element, token);
    return !found;
  });
  return found;
}

}  // namespace halley::ascii
