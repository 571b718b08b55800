// The map of the cases of Autobahn|Testsuite to our scenarios: which of ours says what one of those
// said.
#include "scenario/load.hpp"
#include "scenario/matrix.hpp"
#include "scenario/value.hpp"
#include "scenario/yaml_reader.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

constexpr int all_combinations = 0;

/// How many cases a group has: their ids are the group's with a point and 1, 2, … behind it.
struct group {
  std::string_view id;
  int cases;
};

constexpr auto groups = std::to_array<group>({
    {"1.1", 8},   {"1.2", 8},   {"2", 11},    {"3", 7},     {"4.1", 5},   {"4.2", 5},
    {"5", 20},    {"6.1", 3},   {"6.2", 4},   {"6.3", 2},   {"6.4", 4},   {"6.5", 5},
    {"6.6", 11},  {"6.7", 4},   {"6.8", 2},   {"6.9", 4},   {"6.10", 3},  {"6.11", 5},
    {"6.12", 8},  {"6.13", 5},  {"6.14", 10}, {"6.15", 1},  {"6.16", 3},  {"6.17", 5},
    {"6.18", 5},  {"6.19", 5},  {"6.20", 7},  {"6.21", 8},  {"6.22", 34}, {"6.23", 7},
    {"7.1", 6},   {"7.3", 6},   {"7.5", 1},   {"7.7", 13},  {"7.9", 9},   {"7.13", 2},
    {"9.1", 6},   {"9.2", 6},   {"9.3", 9},   {"9.4", 9},   {"9.5", 6},   {"9.6", 6},
    {"9.7", 6},   {"9.8", 6},   {"10.1", 1},  {"12.1", 18}, {"12.2", 18}, {"12.3", 18},
    {"12.4", 18}, {"12.5", 18}, {"13.1", 18}, {"13.2", 18}, {"13.3", 18}, {"13.4", 18},
    {"13.5", 18}, {"13.6", 18}, {"13.7", 18},
});

std::set<std::string> all_cases() {
  std::set<std::string> ids;
  for (const auto& one : groups)
    for (int number = 1; number <= one.cases; ++number)
      ids.insert(std::string(one.id) + "." + std::to_string(number));
  return ids;
}

struct entry {
  std::string autobahn;
  std::vector<std::string> ours;
};

std::string word(const scenario::value& what) {
  return what.text() == nullptr ? "no text" : *what.text();
}

std::vector<entry> read_map() {
  const std::string file = HALLEY_SOURCE_DIR "/scenarios/websocket/autobahn-map.yaml";
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<scenario::problem> problems;
  const auto tree = scenario::read_yaml(text, std::make_shared<const std::string>(file), problems);
  for (const auto& one : problems)
    ADD_FAILURE() << scenario::to_text(one);
  std::vector<entry> result;
  if (!tree || tree->map() == nullptr) return result;
  for (const auto& [key, what] : *tree->map()) {
    if (key == "map") continue;
    entry one{.autobahn = key, .ours = {}};
    if (what.list() == nullptr) {
      one.ours.push_back(word(what));
    } else {
      for (const auto& id : *what.list())
        one.ours.push_back(word(id));
    }
    result.push_back(std::move(one));
  }
  return result;
}

/// Every id that the map may name: of a scenario, and of each of its instances at full strength.
std::set<std::string> all_of_ours() {
  const auto library = scenario::load_library(HALLEY_SOURCE_DIR "/scenarios");
  EXPECT_TRUE(library.problems.empty());
  std::set<std::string> ids;
  for (const auto& one : library.scenarios) {
    ids.insert(one->id);
    if (!one->id.starts_with("ws/")) continue;
    for (const auto& instance : scenario::expand(one, all_combinations, 1))
      ids.insert(instance.id);
  }
  return ids;
}

TEST(autobahn_map, has_every_case_once_and_nothing_else) {
  const auto expected = all_cases();
  EXPECT_EQ(expected.size(), 517U);
  std::set<std::string> seen;
  for (const auto& one : read_map())
    EXPECT_TRUE(seen.insert(one.autobahn).second) << one.autobahn;
  EXPECT_EQ(seen, expected);
}

TEST(autobahn_map, names_scenarios_and_instances_that_there_are) {
  const auto ours = all_of_ours();
  for (const auto& one : read_map()) {
    EXPECT_FALSE(one.ours.empty()) << one.autobahn;
    for (const auto& id : one.ours)
      EXPECT_TRUE(ours.contains(id)) << one.autobahn << ": " << id;
  }
}

}  // namespace
}  // namespace halley::cli
