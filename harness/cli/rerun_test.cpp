// --rerun: what of an earlier run is played again.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

using nlohmann::json;

std::vector<std::string> words(std::vector<std::string> more) {
  const std::string folder = HALLEY_SOURCE_DIR "/scenarios/websocket/";
  std::vector<std::string> result = {"run", folder + "handshake-no-version.scenario.yaml",
                                     folder + "handshake-unsupported-version.scenario.yaml",
                                     folder + "echo-short.scenario.yaml", "--sim"};
  result.insert(result.end(), more.begin(), more.end());
  return result;
}

std::set<std::string> instances_of(const json& report) {
  std::set<std::string> result;
  for (const auto& one : report["results"])
    result.insert(one["instance"]);
  return result;
}

TEST(rerun, failed_plays_what_failed_also_what_a_lower_strength_leaves_out) {
  workplace here;
  EXPECT_EQ(here.run(words({"--mutant", "any-version", "--strength", "full", "--out", "a"})).code,
            1);
  std::set<std::string> failed;
  const auto first = here.json_file("a/run.json");
  for (const auto& one : first["results"])
    if (one["verdict"] == "fail") failed.insert(one["instance"]);
  EXPECT_GT(failed.size(), 1U);
  const auto mended =
      here.run(words({"--strength", "quick", "--rerun", "failed", "a", "--out", "b"}));
  EXPECT_EQ(mended.code, 0) << mended.err;
  const auto report = here.json_file("b/run.json");
  EXPECT_EQ(instances_of(report), failed);
  EXPECT_EQ(report["run"]["parent"], here.json_file("a/run.json")["run"]["id"]);
  // Nothing failed there: nothing is judged here.
  EXPECT_EQ(here.run(words({"--rerun", "failed", "b/run.json", "--out", "c"})).code, 4);
  EXPECT_EQ(
      here.run(words({"--rerun", "failed", "b/run.json", "--out", "d", "--allow-empty"})).code, 0);
}

TEST(rerun, missed_plays_what_has_no_verdict_and_new_what_is_not_known) {
  workplace here;
  here.run(words({"--out", "a"}));
  auto report = here.json_file("a/run.json");
  const std::string cut = report["results"][0]["instance"];
  report["results"][0]["verdict"] = "error";
  report["results"][0]["error"] = {{"cause", "interrupted"}, {"text", ""}};
  const std::string gone = report["results"].back()["instance"];
  report["results"].erase(report["results"].size() - 1);
  for (auto& one : report["scenarios"])
    if (one["id"] == "ws/handshake/no-version") one["rev"] = 99;
  write_text(here / "parent/run.json", report.dump());
  here.run(words({"--rerun", "missed", "parent", "--out", "m"}));
  EXPECT_EQ(instances_of(here.json_file("m/run.json")), (std::set<std::string>{cut, gone}));
  here.run(words({"--rerun", "new", "parent", "--out", "n"}));
  EXPECT_EQ(instances_of(here.json_file("n/run.json")),
            (std::set<std::string>{"ws/handshake/no-version"}));
  here.run(words({"--rerun", "missed,new", "parent", "--out", "mn"}));
  EXPECT_EQ(instances_of(here.json_file("mn/run.json")),
            (std::set<std::string>{cut, gone, "ws/handshake/no-version"}));
}

TEST(rerun, what_is_no_word_or_no_run_is_said) {
  workplace here;
  EXPECT_EQ(here.run(words({"--rerun", "failed", "none", "--out", "a"})).code, 2);
  const auto end = here.run(words({"--rerun", "bad", "none", "--out", "a"}));
  EXPECT_EQ(end.code, 2);
  EXPECT_NE(end.err.find("not 'bad'"), std::string::npos) << end.err;
}

}  // namespace
}  // namespace halley::cli
