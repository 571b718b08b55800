#include "scenario/compatibility.hpp"

#include "scenario/load.hpp"
#include "scenario/scenario_test_support.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {
namespace {

const std::string head = "compatibility: old\ntitle: Old and new\nother: Old\nrows:\n";

/// What is said about a table beside the one scenario there is, s/a/b.
std::string said_of(const std::string& text) {
  const temporary_folder root;
  root.write("s/b.scenario.yaml", minimal_scenario("s/a/b"));
  root.write("s/old.compatibility.yaml", text);
  return said(load_library(root.path()).problems);
}

TEST(compatibility, a_table_is_read_beside_the_scenarios_and_is_none) {
  const temporary_folder root;
  root.write("s/b.scenario.yaml", minimal_scenario("s/a/b"));
  root.write("s/old.compatibility.yaml",
             head +
                 "- {id: A1, when: it rains, did: wet, wants: dry, ours: [s/a/b]}\n"
                 "- {id: A2, when: it snows, did: white, why: no scenario snows}\n");
  const auto library = load_library(root.path());
  EXPECT_EQ(said(library.problems), "");
  EXPECT_EQ(library.scenarios.size(), 1U);
  ASSERT_EQ(library.compatibilities.size(), 1U);
  const auto& table = library.compatibilities.front();
  EXPECT_EQ(table.name, "old");
  EXPECT_EQ(table.other, "Old");
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0].wants, "dry");
  EXPECT_EQ(table.rows[0].ours, std::vector<std::string>{"s/a/b"});
  EXPECT_EQ(table.rows[1].wants, "") << "the same";
  EXPECT_EQ(table.rows[1].why, "no scenario snows");
  EXPECT_EQ(table.rows[1].at.line, 6);
}

TEST(compatibility, mistakes_have_their_place) {
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {head + "- {id: A1, when: w, did: d, ours: [s/a/c]}\n",
       "5:36 scenario 's/a/c' does not exist (did you mean 's/a/b'?)"},
      {head + "- {id: A1, whn: w, did: d, ours: [s/a/b]}\n",
       "5:12 unknown key 'whn' (did you mean 'when'?)"},
      {head + "- {id: A1, when: w, did: d}\n", "5:3 a row needs either 'ours' or 'why'"},
      {head + "- {id: A1, did: d, ours: [s/a/b]}\n", "5:3 the key 'when' is missing"},
      {head + "- {id: A1, when: w, did: d, ours: [s/a/b], why: y}\n",
       "5:3 a row needs either 'ours' or 'why'"},
      {head + "- {id: A1, when: w, did: d, why: y}\n- {id: A1, when: w, did: d, why: y}\n",
       "6:3 'A1' is already a row of this table"},
      {head + "- {id: A1, when: w, did: d, ours: [ab]}\n",
       "5:36 an id is family/topic/name, in lower-case letters, digits, '-' and '.'"},
      {"compatibility: old\ntitle: t\nother: o\nrows: []\n", "4:7 'rows' needs at least 1 entry"},
      {head + "  - [\n", "6:1 "},
  };
  for (const auto& [text, expected] : mistakes)
    EXPECT_TRUE(said_of(text).starts_with(expected)) << text << said_of(text);
}

}  // namespace
}  // namespace halley::scenario
