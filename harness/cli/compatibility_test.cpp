// The table of Comet in Tomcat 7.0: it is whole, it names scenarios that there are, and it prints.
#include "scenario/compatibility.hpp"

#include "cli/compatibility_table.hpp"
#include "reports/text_safety.hpp"
#include "scenario/load.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <string>
#include <utility>

namespace halley::cli {
namespace {

/// The situations that were played: a letter for each kind, and how many it has.
constexpr auto situations = std::to_array<std::pair<char, int>>(
    {{'A', 10}, {'B', 12}, {'C', 4}, {'D', 6}, {'E', 4}, {'F', 3}, {'G', 3}});

const scenario::library& library() {
  static const auto all = scenario::load_library(HALLEY_SOURCE_DIR "/scenarios");
  return all;
}

const scenario::compatibility* tomcat7() {
  const auto& all = library().compatibilities;
  const auto found = std::ranges::find(all, "tomcat7", &scenario::compatibility::name);
  return found == all.end() ? nullptr : &*found;
}

std::string printed(const scenario::compatibility& table) {
  std::ostringstream out;
  print_compatibility(table, out);
  return out.str();
}

TEST(compatibility, tomcat7_has_every_situation_once) {
  std::set<std::string> expected = {"H00", "H01", "H02", "H03"};
  for (const auto& [letter, count] : situations)
    for (int number = 1; number <= count; ++number)
      expected.insert(letter + std::string(number < 10 ? "0" : "") + std::to_string(number));
  ASSERT_NE(tomcat7(), nullptr);
  std::set<std::string> seen;
  for (const auto& row : tomcat7()->rows)
    EXPECT_TRUE(seen.insert(row.id).second) << row.id;
  EXPECT_EQ(seen, expected);
}

TEST(compatibility, tomcat7_names_scenarios_that_there_are) {
  ASSERT_NE(tomcat7(), nullptr);
  std::set<std::string> ids;
  for (const auto& one : library().scenarios)
    ids.insert(one->id);
  for (const auto& row : tomcat7()->rows) {
    EXPECT_NE(row.ours.empty(), row.why.empty()) << row.id;
    for (const auto& id : row.ours)
      EXPECT_TRUE(ids.contains(id)) << row.id << ": " << id;
  }
}

TEST(compatibility, tomcat7_prints_each_row_in_lines_that_fit) {
  ASSERT_NE(tomcat7(), nullptr);
  const auto text = printed(*tomcat7());
  for (const auto& row : tomcat7()->rows)
    EXPECT_NE(text.find("\n" + row.id + "  "), std::string::npos) << row.id;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(reports::columns(line), 100U) << line;
  EXPECT_NE(text.find("46 situations"), std::string::npos);
}

TEST(compatibility, a_row_says_what_each_does_and_who_shows_it) {
  scenario::compatibility table{
      .name = "old", .title = "Old\x1b and new", .other = "Old", .about = {}, .rows = {}};
  table.rows.push_back({.id = "A1",
                        .when = "it rains",
                        .did = "gets wet",
                        .wants = "stays dry",
                        .ours = {"s/a/b", "s/a/c"},
                        .why = {},
                        .at = {}});
  table.rows.push_back({.id = "A2",
                        .when = "it\x1b[2J snows",
                        .did = "turns white",
                        .wants = {},
                        .ours = {},
                        .why = "no scenario snows",
                        .at = {}});
  EXPECT_EQ(printed(table),
            "Old\\x1b and new\n"
            "\nA1  it rains\n"
            "  Old       gets wet\n"
            "  contract  stays dry\n"
            "  scenario  s/a/b, s/a/c\n"
            "\nA2  it\\x1b[2J snows\n"
            "  Old       turns white\n"
            "  contract  the same\n"
            "  scenario  none: no scenario snows\n"
            "\n2 situations; the contract wants the same in 1 of them\n");
}

}  // namespace
}  // namespace halley::cli
