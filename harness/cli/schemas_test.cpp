// What the program writes fits the schemas that are shipped, to a validator that is not ours.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

using nlohmann::json;

constexpr const char* python = "/usr/bin/python3";

/// Runs the validator of python3-jsonschema. Returns: what it says is wrong; empty: nothing.
std::string validator_says(workplace& here, const char* document, const std::string& schema) {
  static int number = 1000;
  process validator({python, "-W", "ignore", "-m", "jsonschema", "-i", (here / document).string(),
                     HALLEY_SOURCE_DIR "/reports/schemas/" + schema},
                    here / ".", ++number);
  const auto end = validator.wait();
  if (end.code == 0) return {};
  return "exit " + std::to_string(end.code) + ": " + end.out + end.err;
}

/// A target with failures, warnings and skips; an instance that ends with an error; a baseline.
ending play_everything(workplace& here) {
  write_text(here / "known.baseline.yaml",
             "baseline: 1\nentries:\n  - {match: ws/frame/gone, expect: fail, reason: known}\n  - "
             "{match: ws/frame/unmasked, expect: skip, reason: later}\n");
  return here.run({"run", "ws/frame/*", "ws/handshake/*version*", "http/client/get", "--mutant",
                   "any-version", "--strength", "quick", "--baseline", "known.baseline.yaml",
                   "--report", "ctrf", "--out", "o"});
}

TEST(schemas, a_run_with_failures_errors_and_skips_fits_both) {
  workplace here;
  EXPECT_EQ(play_everything(here).code, 1);
  const auto report = here.json_file("o/run.json");
  EXPECT_GT(report["summary"]["verdicts"]["fail"], 0);
  EXPECT_GT(report["summary"]["verdicts"]["skip"], 0);
  EXPECT_EQ(validator_says(here, "o/run.json", "run.1.schema.json"), "");
  EXPECT_EQ(validator_says(here, "o/ctrf.json", "ctrf.1.schema.json"), "");

  const auto failing = here.run({"run", "ws/echo/short", "--target", "none.profile.yaml"});
  EXPECT_EQ(failing.code, 2);
  write_text(
      here / "dead.profile.yaml",
      "profile: 1\nname: dead\nlaunch: {command: [/bin/false], ready: {tcp: \"127.0.0.1:1\"}}\n"
      "endpoints: {ws.echo: \"ws://127.0.0.1:1/\"}\n");
  EXPECT_EQ(here.run({"run", "ws/echo/short", "--target", "dead.profile.yaml", "--report", "ctrf",
                      "--out", "dead"})
                .code,
            3);
  EXPECT_GT(here.json_file("dead/run.json")["summary"]["verdicts"]["error"], 0);
  EXPECT_EQ(validator_says(here, "dead/run.json", "run.1.schema.json"), "");
  EXPECT_EQ(validator_says(here, "dead/ctrf.json", "ctrf.1.schema.json"), "");
}

TEST(schemas, a_comparison_fits_its_own) {
  workplace here;
  play_everything(here);
  EXPECT_EQ(here.run({"compare", "o", "o", "--format", "json", "-o", "c.json"}).code, 0);
  EXPECT_EQ(validator_says(here, "c.json", "compare.1.schema.json"), "");
  auto bad = here.json_file("c.json");
  bad["rows"][0]["cells"][0]["change"] = "worse";
  write_text(here / "bad.json", bad.dump());
  EXPECT_NE(validator_says(here, "bad.json", "compare.1.schema.json"), "");
}

TEST(schemas, broken_reports_fit_neither) {
  workplace here;
  EXPECT_EQ(here.run({"run", "ws/echo/short", "--report", "ctrf", "--out", "o"}).code, 0);
  const std::vector<std::pair<const char*, json>> of_run = {
      {"/results/0/verdict", "green"}, {"/run/complete", "yes"}, {"/schema", "run/2"}};
  for (const auto& [place, value] : of_run) {
    auto bad = here.json_file("o/run.json");
    bad[json::json_pointer(place)] = value;
    write_text(here / "bad.json", bad.dump());
    EXPECT_NE(validator_says(here, "bad.json", "run.1.schema.json"), "") << place;
  }
  const std::vector<std::pair<const char*, json>> of_ctrf = {
      {"/results/tests/0/status", "green"}, {"/reportFormat", "x"}, {"/results/tool/more", 1}};
  for (const auto& [place, value] : of_ctrf) {
    auto bad = here.json_file("o/ctrf.json");
    bad[json::json_pointer(place)] = value;
    write_text(here / "bad.json", bad.dump());
    EXPECT_NE(validator_says(here, "bad.json", "ctrf.1.schema.json"), "") << place;
  }
}

}  // namespace
}  // namespace halley::cli
