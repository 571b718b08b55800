// halley compare as its users meet it.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

using nlohmann::json;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A run of the gateway in simulation, good or broken.
void play(workplace& here, const std::string& out, const std::string& mutant) {
  const std::string folder = HALLEY_SOURCE_DIR "/scenarios/websocket/";
  std::vector<std::string> words = {"run",
                                    folder + "handshake-no-version.scenario.yaml",
                                    folder + "echo-short.scenario.yaml",
                                    "--sim",
                                    "--trace",
                                    "none",
                                    "--out",
                                    out};
  if (!mutant.empty()) {
    words.emplace_back("--mutant");
    words.push_back(mutant);
  }
  here.run(words);
}

TEST(compare, a_branch_that_broke_something_ends_with_1_and_names_it) {
  workplace here;
  play(here, "main", "");
  play(here, "pr", "any-version");
  const auto broken = here.run({"compare", "pr", "--base", "main"});
  EXPECT_EQ(broken.code, 1) << broken.err;
  EXPECT_EQ(broken.out.find("                     MUST "), 0U) << broken.out;
  EXPECT_TRUE(has(broken.out, "\nws/handshake/no-version     MUST     new-fail\n")) << broken.out;
  EXPECT_TRUE(has(broken.out, "halley-gateway@main\n")) << broken.out;
  EXPECT_TRUE(has(last_line(broken.out), "against main: ")) << broken.out;
  const auto mended = here.run({"compare", "pr", "main/run.json", "--base", "pr"});
  EXPECT_EQ(mended.code, 0) << mended.out;
  EXPECT_TRUE(has(last_line(mended.out), " fixed")) << mended.out;
  EXPECT_EQ(here.run({"compare", "main", "pr"}).code, 0) << "nobody asked for a base";
  EXPECT_EQ(here.run({"compare", "main", "--base", "main"}).code, 0) << "against itself";
}

TEST(compare, files_hold_what_was_asked_for) {
  workplace here;
  play(here, "main", "");
  play(here, "pr", "any-version");
  EXPECT_EQ(
      here.run({"compare", "main", "pr", "--format", "json", "--only", "regressed", "-o", "c.json"})
          .code,
      0);
  const auto document = here.json_file("c.json");
  EXPECT_EQ(document["schema"], "compare/1");
  EXPECT_EQ(document["rows"].size(), document["regressions"]);
  EXPECT_GT(document["regressions"], 0);
  for (const auto* const form : {"markdown", "csv", "html", "scores"}) {
    const auto end = here.run({"compare", "main", "pr", "--format", form, "-o", "file"});
    EXPECT_EQ(end.code, 0) << end.err;
    EXPECT_EQ(end.out, "");
    EXPECT_GT(std::filesystem::file_size(here / "file"), 100U) << form;
  }
  const auto one = here.run({"compare", "main", "pr", "--query", "no-version"});
  EXPECT_TRUE(has(one.out, "ws/handshake/no-version")) << one.out;
  EXPECT_FALSE(has(one.out, "ws/echo/")) << one.out;
}

TEST(compare, what_cannot_be_read_or_meant_ends_with_2) {
  workplace here;
  play(here, "main", "");
  write_text(here / "cut.json", text_of(here / "main/run.json").substr(0, 2000));
  write_text(here / "other.json", R"({"schema":"run/9"})");
  write_text(here / "evil.json", "{\"schema\":\"\\u001b[2J\"}");
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"compare"},
           {"compare", "none"},
           {"compare", "main", "cut.json"},
           {"compare", "main", "other.json"},
           {"compare", "evil.json"},
           {"compare", "main", "--base", "none"},
           {"compare", "main", "--only", "bad"},
           {"compare", "main", "--query", "target(none):fail"},
           {"compare", "main", "--format", "pdf"},
       }) {
    const auto end = here.run(words);
    EXPECT_EQ(end.code, 2) << words.back();
    EXPECT_NE(end.err, "") << words.back();
    EXPECT_FALSE(has(end.err + end.out, "\x1b"));
  }
}

TEST(compare, a_killed_run_is_not_taken_for_a_good_one) {
  workplace here;
  play(here, "main", "");
  auto report = here.json_file("main/run.json");
  report["run"]["complete"] = false;
  write_text(here / "killed/run.json", report.dump());
  const auto end = here.run({"compare", "killed", "--base", "main"});
  EXPECT_EQ(end.code, 3);
  EXPECT_TRUE(has(end.out, "incomplete: killed")) << end.out;
}

}  // namespace
}  // namespace halley::cli
