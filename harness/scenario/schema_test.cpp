#include "scenario/load.hpp"
#include "scenario/vocabulary.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace halley::scenario {
namespace {

using nlohmann::json;

json schema(const std::string& of) {
  return json::parse(json_schema(of));
}

std::vector<std::string> keys_of(const json& object) {
  std::vector<std::string> result;
  for (const auto& [key, entry] : object.items())
    result.push_back(key);
  return result;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

/// Calls `visit` with each object inside of `one`, itself included.
template <class Visit>
void each_object(const json& one, const Visit& visit) {
  if (one.is_object()) visit(one);
  if (one.is_structured())
    for (const auto& inner : one)
      each_object(inner, visit);
}

TEST(schema, each_kind_of_file_has_one_and_nothing_else) {
  for (const auto* name : {"scenario", "fragment", "profile", "ledger", "compatibility"})
    EXPECT_EQ(schema(name)["$schema"], "https://json-schema.org/draft/2020-12/schema") << name;
  EXPECT_EQ(json_schema("novel"), "");
}

TEST(schema, references_lead_to_parts_and_parts_are_referred_to) {
  for (const auto* name : {"scenario", "fragment", "profile", "ledger", "compatibility"}) {
    const auto whole = schema(name);
    std::set<std::string> used;
    each_object(whole, [&used](const json& one) {
      if (one.contains("$ref") && one["$ref"].is_string()) used.insert(one["$ref"]);
    });
    std::set<std::string> made;
    for (const auto& key : keys_of(whole["$defs"]))
      made.insert("#/$defs/" + key);
    EXPECT_EQ(used, made) << name;
  }
}

TEST(schema, events_and_forms_to_send_are_the_vocabulary) {
  const auto parts = schema("scenario")["$defs"];
  EXPECT_EQ(keys_of(parts["event"]["properties"]), sorted(event_names()));
  EXPECT_EQ(keys_of(parts["send"]["properties"]), sorted(send_names()));
  EXPECT_EQ(event_names().size(), 22U);
  EXPECT_EQ(send_names().size(), 8U);
}

TEST(schema, required_keys_are_keys) {
  for (const auto* name : {"scenario", "fragment", "profile", "ledger", "compatibility"})
    each_object(schema(name), [name](const json& one) {
      if (!one.contains("required") || !one.contains("properties")) return;
      for (const auto& key : one["required"])
        EXPECT_TRUE(one["properties"].contains(key)) << name << " " << key;
    });
}

/// The decoder is asked about each key of the schema: none is unknown to it, and one more is.
TEST(schema, the_decoder_knows_the_keys_of_the_schema) {
  for (const auto& key : keys_of(schema("profile")["properties"])) {
    std::vector<problem> problems;
    std::string text = key;
    text.append(": []\n").append(key).append("x: []\n");
    load_profile("p.yaml", text, problems);
    std::vector<std::string> unknown;
    for (const auto& one : problems)
      if (one.text.starts_with("unknown key")) unknown.push_back(one.text);
    std::string wanted = "unknown key '";
    wanted.append(key).append("x' (did you mean '").append(key).append("'?)");
    EXPECT_EQ(unknown, std::vector<std::string>{wanted});
  }
}

TEST(schema, a_step_has_exactly_one_verb) {
  const auto step = schema("scenario")["$defs"]["step"];
  EXPECT_EQ(step["oneOf"].size(), 18U);
  for (const auto& one : step["oneOf"])
    EXPECT_TRUE(step["properties"].contains(one["required"][0]));
  EXPECT_EQ(step["additionalProperties"], false);
}

}  // namespace
}  // namespace halley::scenario
