#include "scenario/decoding.hpp"

#include "base/suggestion.hpp"
#include "scenario/value.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {

bool decoding::error(const location& at, std::string text) {
  problems.push_back({at, std::move(text), {}});
  return false;
}

json schema_parts::part(const std::string& name, const std::function<json()>& describe) {
  if (!parts_.contains(name)) {
    parts_[name] = json::object();  // holds the place while the part refers to itself
    parts_[name] = describe();
  }
  return {{"$ref", "#/$defs/" + name}};
}

bool wrong_kind(const value& from, const std::string& what, decoding& with) {
  const auto subject = with.key.empty() ? std::string("the file") : "'" + with.key + "'";
  return with.error(from.at, subject + " must be " + what);
}

bool unknown_name(const location& at,
                  const std::string& noun,
                  const std::string& name,
                  const std::vector<std::string>& known,
                  decoding& with) {
  return with.error(at, "unknown " + noun + " '" + name + "'" + did_you_mean(name, known));
}

namespace {

/// In {says: now, and later} YAML sees a key without a value: what is meant is a text.
bool unknown_key(const std::string& name,
                 const value& child,
                 const std::vector<std::string>& known,
                 decoding& with) {
  if (child.null() && name.find(' ') != std::string::npos)
    return with.error(child.key_at, "unknown key '" + name + "': quote a text that has a comma");
  return unknown_name(child.key_at, "key", name, known, with);
}

}  // namespace

bool check_keys(const value& from, const std::vector<key_rule>& rules, bool open, decoding& with) {
  if (from.map() == nullptr) return wrong_kind(from, "a mapping", with);
  std::vector<std::string> names;
  names.reserve(rules.size());
  for (const auto& rule : rules)
    names.push_back(rule.name);
  bool good = true;
  if (!open)
    for (const auto& [name, child] : *from.map())
      if (std::ranges::find(names, name) == names.end())
        good = unknown_key(name, child, names, with);
  // A misspelt key is also a missing one; one message is enough.
  if (!good) return false;
  for (const auto& rule : rules)
    if (rule.needed == presence::required && from.find(rule.name) == nullptr)
      good = with.error(from.at, "the key '" + rule.name + "' is missing");
  return good;
}

bool check_single_key(const value& from, const std::string& noun, decoding& with) {
  const auto& entries = *from.map();
  if (entries.size() == 1) return true;
  if (entries.empty()) return with.error(from.at, "exactly one " + noun + " is needed here");
  return with.error(from.at, "exactly one " + noun + " is needed here; there are '" +
                                 entries[0].first + "' and '" + entries[1].first + "'");
}

json describe_keys(const std::vector<key_rule>& rules, bool open, schema_parts& parts) {
  json required = json::array();
  json properties = json::object();
  for (const auto& rule : rules) {
    if (rule.needed == presence::required) required.push_back(rule.name);
    auto inner = rule.describe(parts);
    if (!rule.about.empty()) inner["description"] = rule.about;
    properties[rule.name] = inner;
  }
  json result = {{"type", "object"}, {"additionalProperties", open}};
  if (!required.empty()) result["required"] = required;
  result["properties"] = properties;
  return result;
}

}  // namespace halley::scenario
