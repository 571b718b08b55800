#include "scenario/written_value.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "scenario/value.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::scenario::written {
namespace {

constexpr std::array<std::string_view, 3> other_than_text = {"null", "true", "false"};

/// Whether a text may stand without quotes: a word that is no other scalar of the core schema.
bool is_plain(std::string_view what) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  if (what.empty() || !letter(what.front())) return false;
  if (std::ranges::find(other_than_text, what) != other_than_text.end()) return false;
  return std::ranges::all_of(what, [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/' || c == '_';
  });
}

/// Double quotes know every escape. Source: YAML 1.2 §5.7.
std::string quoted(std::string_view what) {
  std::string result = "\"";
  for (const char c : what) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\r') {
      result += "\\r";
    } else if (octet < 0x20 || octet == 0x7F) {
      result += "\\x" + to_hex(octets(1, c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string list_text(const value_list& elements) {
  std::string result = "[";
  for (const auto& one : elements)
    result += (result.size() > 1 ? ", " : "") + flow_text(one);
  return result + "]";
}

std::string map_text(const value_map& entries) {
  std::string result = "{";
  for (const auto& [key, content] : entries)
    result += (result.size() > 1 ? ", " : "") + word(key) + ": " + flow_text(content);
  return result + "}";
}

}  // namespace

std::string word(std::string_view what) {
  return is_plain(what) ? std::string(what) : quoted(what);
}

std::string flow_text(const value& what) {
  if (const auto* one = what.text()) return word(*one);
  if (const auto* one = what.integer()) return std::to_string(*one);
  if (const auto* one = what.boolean()) return *one ? "true" : "false";
  if (const auto* one = what.list()) return list_text(*one);
  if (const auto* one = what.map()) return map_text(*one);
  return "null";
}

value text(std::string what) {
  return {std::move(what), {}};
}
value number(std::int64_t what) {
  return {what, {}};
}
value truth(bool what) {
  return {what, {}};
}
value list(value_list elements) {
  return {std::move(elements), {}};
}
value map(std::vector<std::pair<std::string, value>> entries) {
  value_map result;
  result.reserve(entries.size());
  for (auto& [key, content] : entries)
    result.push_back({std::move(key), std::move(content)});
  return {std::move(result), {}};
}
value names(const std::vector<std::string>& which) {
  value_list result;
  result.reserve(which.size());
  for (const auto& one : which)
    result.push_back(text(one));
  return list(std::move(result));
}
value event(std::string name, std::vector<std::pair<std::string, value>> fields) {
  return map({{std::move(name), map(std::move(fields))}});
}

}  // namespace halley::scenario::written
