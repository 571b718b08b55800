#include "wire/http_message.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace halley::wire {

bool field_section::has(octet_view name) const {
  return std::ranges::any_of(
      lines, [&](const field_line& line) { return ascii::iequals(line.name, name); });
}

std::optional<octets> field_section::first(octet_view name) const {
  for (const field_line& line : lines)
    if (ascii::iequals(line.name, name)) return line.value;
  return std::nullopt;
}

std::vector<octets> field_section::all(octet_view name) const {
  std::vector<octets> values;
  for (const field_line& line : lines)
    if (ascii::iequals(line.name, name)) values.push_back(line.value);
  return values;
}

std::optional<octets> field_section::combined(octet_view name) const {
  std::optional<octets> result;
  for (const field_line& line : lines) {
    if (!ascii::iequals(line.name, name)) continue;
    if (result) {
      result->append(", ").append(line.value);
    } else {
      result = line.value;
    }
  }
  return result;
}

bool field_section::has_token(octet_view name, octet_view token) const {
  // Line by line: an unfinished quoted string in one value must not hide the next line's elements.
  return std::ranges::any_of(lines, [&](const field_line& line) {
    return ascii::iequals(line.name, name) && ascii::list_has_token(line.value, token);
  });
}

}  // namespace halley::wire
