// Frozen suites: halley suite, and run --suite.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>

#include <string>

namespace halley::cli {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(suite, a_frozen_one_is_played_as_it_was_and_named_in_the_report) {
  workplace here;
  const auto frozen = here.run({"suite", "echo-1", "ws/echo/sh*"});
  EXPECT_EQ(frozen.code, 0);
  EXPECT_EQ(frozen.out, "suite: 1\nid: \"echo-1\"\nscenarios:\n  ws/echo/short: 1\n");
  write_text(here / "s.suite.yaml", "# Mine.\n" + frozen.out);
  const auto end = here.run({"run", "--suite", "s.suite.yaml", "--sim", "--out", "o"});
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_TRUE(has(end.out, "conformant to echo-1")) << end.out;
  const auto run = here.json_file("o/run.json")["run"];
  EXPECT_EQ(run["suite"], "echo-1");
  EXPECT_EQ(run["suite_hash"].get<std::string>().size(), 16U);
  EXPECT_EQ(here.json_file("o/run.json")["scenarios"].size(), 1U);
}

TEST(suite, what_is_gone_or_means_something_else_is_said_with_its_line) {
  workplace here;
  write_text(here / "s.yaml",
             "suite: 1\nid: x\nscenarios:\n  ws/echo/short: 99\n  ws/echo/gone: 1\n");
  const auto end = here.run({"run", "--suite", "s.yaml", "--sim", "--out", "o"});
  EXPECT_EQ(end.code, 2);
  EXPECT_TRUE(has(end.err, "s.yaml:4:3: error: 'ws/echo/short' has rev 1 now")) << end.err;
  EXPECT_TRUE(has(end.err, "s.yaml:5:3: error: there is no scenario 'ws/echo/gone'")) << end.err;
}

TEST(suite, what_is_no_suite_is_said) {
  workplace here;
  for (const auto* const text :
       {"", "- x\n", "suite: 2\nid: x\nscenarios: {ws/echo/short: 1}\n",
        "suite: 1\nscenarios: {ws/echo/short: 1}\n", "suite: 1\nid: x\n",
        "suite: 1\nid: x\nscenarios: {}\n", "suite: 1\nid: x\nscenarios: {ws/echo/short: a}\n",
        "suite: 1\nid: x\nmore: 1\nscenarios: {ws/echo/short: 1}\n"}) {
    write_text(here / "s.yaml", text);
    const auto end = here.run({"run", "ws/echo/short", "--suite", "s.yaml", "--sim"});
    EXPECT_EQ(end.code, 2) << text;
    EXPECT_TRUE(has(end.err, "s.yaml:")) << end.err;
  }
  EXPECT_EQ(here.run({"run", "--suite", "none.yaml"}).code, 2);
  EXPECT_EQ(here.run({"suite", "echo-1", "none/**"}).code, 2);
  EXPECT_EQ(here.run({"suite", "A B", "ws/**"}).code, 2);
}

}  // namespace
}  // namespace halley::cli
