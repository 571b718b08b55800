#include "scenario/value.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace halley::scenario {

const value* value::find(std::string_view key) const {
  const auto* entries = map();
  if (entries == nullptr) return nullptr;
  const auto found =
      std::ranges::find_if(*entries, [key](const auto& entry) { return entry.first == key; });
  return found == entries->end() ? nullptr : &found->second;
}

namespace {

bool equal_lists(const value_list& a, const value_list& b) {
  return std::ranges::equal(a, b, [](const value& x, const value& y) { return equal(x, y); });
}

/// Mappings are equal whatever order their keys are written in.
bool equal_maps(const value& a, const value& b) {
  if (a.map()->size() != b.map()->size()) return false;
  return std::ranges::all_of(*a.map(), [&b](const auto& entry) {
    const auto* other = b.find(entry.first);
    return other != nullptr && equal(entry.second, *other);
  });
}

std::string list_text(const value_list& items) {
  std::string result = "[";
  for (std::size_t i = 0; i < items.size(); ++i)
    result += (i == 0 ? "" : ", ") + to_text(items[i]);
  return result + "]";
}

std::string map_text(const value_map& entries) {
  std::string result = "{";
  for (std::size_t i = 0; i < entries.size(); ++i)
    result += (i == 0 ? "" : ", ") + entries[i].first + ": " + to_text(entries[i].second);
  return result + "}";
}

}  // namespace

bool equal(const value& a, const value& b) {
  if (a.is.index() != b.is.index()) return false;
  if (const auto* text = a.text()) return *text == *b.text();
  if (const auto* number = a.integer()) return *number == *b.integer();
  if (const auto* truth = a.boolean()) return *truth == *b.boolean();
  if (const auto* items = a.list()) return equal_lists(*items, *b.list());
  return a.map() == nullptr || equal_maps(a, b);
}

std::string to_text(const value& one) {
  if (const auto* text = one.text()) return *text;
  if (const auto* number = one.integer()) return std::to_string(*number);
  if (const auto* truth = one.boolean()) return *truth ? "true" : "false";
  if (const auto* items = one.list()) return list_text(*items);
  if (const auto* entries = one.map()) return map_text(*entries);
  return "null";
}

}  // namespace halley::scenario
