// Clients whose connections go through a network that misbehaves.
#include "scenario/load.hpp"
#include "scenario/scenario_test_support.hpp"
#include "scenario/value.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {
namespace {

/// The actors stand in line 7.
std::string with_actors(const std::string& actors) {
  return minimal_scenario("a/b") + "actors: " + actors + "\n";
}

library load(const std::string& text) {
  const temporary_folder elsewhere;
  elsewhere.write("x.yaml", text);
  return load_library(test_library(), {elsewhere.path() / "x.yaml"});
}

TEST(network, the_rules_of_a_client_are_kept_as_they_are_written) {
  const auto read = load(with_actors(
      "{client: {plays: client, chaos: ['up 1: reset-after=${n}', 'down: delay=1s']}}"));
  EXPECT_EQ(said(read.problems), "");
  const auto found =
      std::ranges::find_if(read.scenarios, [](const auto& one) { return one->id == "a/b"; });
  ASSERT_NE(found, read.scenarios.end());
  const auto& rules = (*found)->actors.at(0).chaos;
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(to_text(rules[0]), "up 1: reset-after=${n}");
  EXPECT_EQ(to_text(rules[1]), "down: delay=1s");
}

TEST(network, a_mistake_in_a_rule_is_said_where_it_is) {
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {"['up: dealy=1s']",
       "7:42 no setting is called 'dealy' (did you mean 'delay'?); there are delay, jitter, rate, "
       "segment, loss, slow-close, fin-after, reset-after, hold-after, vanish-after, and alone "
       "pass, refuse, drop"},
      {"[pass, 'up: delay=1']",
       "7:48 'delay' is not '1': a duration needs a unit (us, ms, s, m), for example 2s"},
      {"[up: delay=1s]", "7:42 quote the rule: 'up: delay=1s'"},
      {"[]", "7:41 'chaos' needs at least 1 entry"},
      {"[7]", "7:42 'chaos' must be text"},
      {"pass", "7:41 'chaos' must be a list"},
  };
  for (const auto& [rules, expected] : mistakes)
    EXPECT_EQ(said(load(with_actors("{client: {plays: client, chaos: " + rules + "}}")).problems),
              expected)
        << rules;
}

TEST(network, only_connections_that_a_client_opens_go_through_one) {
  EXPECT_EQ(said(load(with_actors("{origin: {plays: server, chaos: [pass]}}")).problems),
            "7:34 'chaos' is for clients: it is about the connections that they open");
}

TEST(network, the_schema_knows_the_rules) {
  const auto whole = nlohmann::json::parse(json_schema("scenario"));
  const auto& actor = whole["properties"]["actors"]["additionalProperties"];
  EXPECT_EQ(actor["properties"]["chaos"]["items"]["type"], "string");
}

}  // namespace
}  // namespace halley::scenario
