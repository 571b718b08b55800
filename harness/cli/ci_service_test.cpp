// What the program does by itself where it runs as a step of GitHub Actions.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

/// Runs halley with variables beside those of every test.
ending run_with(const workplace& here,
                std::vector<std::string> variables,
                const std::vector<std::string>& words) {
  static int number = 2000;
  variables.insert(variables.begin(), "/usr/bin/env");
  variables.emplace_back(HALLEY_PROGRAM);
  variables.insert(variables.end(), words.begin(), words.end());
  process program(std::move(variables), here / ".", ++number);
  return program.wait();
}

const std::vector<std::string> failing = {
    "run", "ws/handshake/no-version", "--mutant", "any-version", "--out", "o"};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ci_service, a_step_gets_annotations_and_its_summary_grows) {
  const workplace here;
  write_text(here / "summary.md", "before\n");
  const auto file = "GITHUB_STEP_SUMMARY=" + (here / "summary.md").string();
  const auto end = run_with(here, {"GITHUB_ACTIONS=true", file}, failing);
  EXPECT_EQ(end.code, 1) << end.err;
  EXPECT_TRUE(has(end.out, "\n::error title=MUST refuse%2C RFC 6455")) << end.out;
  EXPECT_TRUE(last_line(end.out).ends_with(" skipped")) << "the closing line stays the last";
  const auto summary = text_of(here / "summary.md");
  EXPECT_EQ(summary.find("before\n## Halley: "), 0U) << summary;
}

TEST(ci_service, elsewhere_nothing_of_that_is_printed_or_written) {
  const workplace here;
  const auto end = run_with(here, {"GITHUB_ACTIONS=false"}, failing);
  EXPECT_FALSE(has(end.out, "::error")) << end.out;
}

TEST(ci_service, with_json_annotations_do_not_stand_between_it) {
  const workplace here;
  auto words = failing;
  words.emplace_back("--json");
  const auto end = run_with(here, {"GITHUB_ACTIONS=true"}, words);
  EXPECT_EQ(end.out.front(), '{');
  EXPECT_FALSE(has(end.out, "::error")) << end.out;
  EXPECT_TRUE(has(end.err, "::error"));
}

TEST(ci_service, a_summary_that_is_full_is_left_alone) {
  const workplace here;
  constexpr std::size_t nearly_all = std::size_t{1000} * 1024;
  write_text(here / "summary.md", std::string(nearly_all, 'x'));
  const auto file = "GITHUB_STEP_SUMMARY=" + (here / "summary.md").string();
  EXPECT_EQ(run_with(here, {file}, failing).code, 1);
  EXPECT_EQ(std::filesystem::file_size(here / "summary.md"), nearly_all);
}

}  // namespace
}  // namespace halley::cli
