// --update-baseline as its users meet it.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> words(const std::string& out, bool update) {
  std::vector<std::string> result = {"run",
                                     HALLEY_SOURCE_DIR
                                     "/scenarios/websocket/handshake-no-version.scenario.yaml",
                                     "--sim",
                                     "--mutant",
                                     "any-version",
                                     "--baseline",
                                     "b.yaml",
                                     "--out",
                                     out};
  if (update) result.emplace_back("--update-baseline");
  return result;
}

TEST(update_baseline, what_a_run_saw_is_known_to_the_next_and_check_warns_of_no_reason) {
  workplace here;
  const auto first = here.run(words("o1", true));
  EXPECT_EQ(first.code, 1) << "the run itself ends as it would have";
  EXPECT_TRUE(has(first.out, "b.yaml: added ws/handshake/no-version: fail, variant accepted\n"))
      << first.out;
  const auto second = here.run(words("o2", false));
  EXPECT_EQ(second.code, 0) << second.out;
  EXPECT_EQ(last_line(second.out), "0 passed, 0 failed, 0 skipped, 1 known");
  std::filesystem::rename(here / "b.yaml", here / "b.baseline.yaml");
  const auto checked = here.run({"check", "b.baseline.yaml"});
  EXPECT_EQ(checked.code, 0);
  EXPECT_EQ(checked.err,
            "b.baseline.yaml:4: warning: the reason of ws/handshake/no-version is "
            "still 'to be argued'\n");
}

TEST(update_baseline, nothing_is_written_where_nothing_changes_or_the_file_is_broken) {
  workplace here;
  const std::string known =
      "baseline: 1\nentries:\n- match: ws/handshake/no-version\n  expect: fail\n  reason: r\n";
  write_text(here / "b.yaml", known);
  const auto same = here.run(words("o1", true));
  EXPECT_EQ(same.code, 0) << same.out;
  EXPECT_TRUE(has(same.out, "b.yaml: nothing to change\n")) << same.out;
  EXPECT_EQ(text_of(here / "b.yaml"), known);
  write_text(here / "b.yaml", "baseline: 1\nentries:\n- what\n");
  EXPECT_EQ(here.run(words("o2", true)).code, 2);
  EXPECT_EQ(text_of(here / "b.yaml"), "baseline: 1\nentries:\n- what\n");
  EXPECT_EQ(here.run({"run", "ws/echo/short", "--update-baseline"}).code, 2);
}

}  // namespace
}  // namespace halley::cli
