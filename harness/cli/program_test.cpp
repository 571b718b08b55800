// The program as its users meet it: what it prints, writes and exits with.
#include "cli/contracts.hpp"
#include "cli/program_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(program, a_conforming_target_passes_and_the_report_is_complete) {
  workplace here;
  const auto end = here.run({"run", "ws/echo/short", "--out", "o"});
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  EXPECT_EQ(last_line(end.out), "2 passed, 0 failed, 0 skipped");
  EXPECT_EQ(end.err, "");
  EXPECT_FALSE(has(end.out, "\x1b")) << "no colours where nobody looks";
  const auto report = here.json_file("o/run.json");
  EXPECT_EQ(report["schema"], "run/1");
  EXPECT_EQ(report["run"]["complete"], true);
  EXPECT_EQ(report["run"]["exit"], 0);
  EXPECT_EQ(report["results"].size(), 2U);
  for (const auto& one : report["results"])
    EXPECT_EQ(one["verdict"], "pass") << one;
  EXPECT_EQ(here.events("o/events.jsonl").back()["ev"], "run.end");
}

TEST(program, a_mutant_fails_and_the_failure_names_what_it_breaks) {
  workplace here;
  const auto end = here.run({"run", "ws/handshake/*version*", "--mutant", "any-version",
                             "--strength", "quick", "--out", "o"});
  EXPECT_EQ(end.code, 1) << end.err;
  EXPECT_TRUE(has(end.out, "FAIL ws/handshake/no-version @ halley-gateway")) << end.out;
  EXPECT_TRUE(has(end.out, "MUST refuse, RFC 6455 §4.2.1 item 6")) << end.out;
  EXPECT_TRUE(has(end.out, "has a Sec-WebSocket-Version field with the value 13")) << end.out;
  EXPECT_TRUE(has(end.out, "halley run ws/handshake/no-version --mutant any-version")) << end.out;
  EXPECT_TRUE(std::regex_match(last_line(end.out),
                               std::regex("[0-9]+ passed, [1-9][0-9]* failed, 0 skipped")))
      << end.out;
  EXPECT_EQ(here.json_file("o/run.json")["run"]["exit"], 1);
}

TEST(program, the_rerun_line_of_a_failure_fails_again) {
  workplace here;
  EXPECT_EQ(here.run({"run", "ws/handshake/unsupported-version[version=255]", "--mutant",
                      "any-version", "--seed", "1", "--out", "o"})
                .code,
            1);
  EXPECT_EQ(here.json_file("o/run.json")["results"].size(), 1U);
}

TEST(program, json_on_stdout_stands_alone) {
  workplace here;
  const auto end = here.run({"run", "ws/echo/short", "--json", "--out", "o"});
  EXPECT_EQ(end.code, 0) << end.err;
  const auto report = json::parse(end.out, nullptr, false);
  ASSERT_TRUE(report.is_object()) << end.out;
  EXPECT_EQ(report, here.json_file("o/run.json"));
  EXPECT_EQ(last_line(end.err), "2 passed, 0 failed, 0 skipped");
}

TEST(program, reports_go_where_they_were_asked_for) {
  workplace here;
  const auto end = here.run({"run", "ws/echo/short", "--out", "o", "--report", "junit", "--report",
                             "markdown=elsewhere.md"});
  EXPECT_EQ(end.code, 0) << end.err;
  const auto junit = text_of(here / "o/junit.xml");
  EXPECT_TRUE(junit.starts_with("<?xml")) << junit;
  EXPECT_TRUE(has(junit, "<testsuites")) << junit;
  EXPECT_TRUE(has(junit, "name=\"ws/echo/short[type=text] @ halley-gateway\"")) << junit;
  EXPECT_FALSE(has(junit, "<failure") || has(junit, "<skipped")) << junit;
  EXPECT_NE(text_of(here / "elsewhere.md"), "");
}

TEST(program, what_was_asked_for_wrongly_is_refused_before_anything_is_made) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> table = {
      {{"run", "no/such/scenario"}, "no scenario matches 'no/such/scenario'"},
      {{"run", "test/queit[type=text]"}, "'test/queit[type=text]' (did you mean 'test/quiet'?)"},
      {{"run", "no-such-file.scenario.yaml"}, "no-such-file.scenario.yaml"},
      {{"run", "--filter", "ws/** &"}, "error: "},
      {{"run", "--url", "ws.echo=ws://example.com/"}, "names are not looked up"},
      {{"run", "--url", "ws.ehco=ws://127.0.0.1:1/"}, "unknown endpoint 'ws.ehco'"},
      {{"run", "--mutant", "no-such-mutant"}, "error: "},
      {{"run", "--target", "no-such-profile"}, "no profile 'no-such-profile'"},
      {{"run", "--report", "jnuit"}, "jnuit"},
      {{"run", "--seed", "x"}, "--seed is a number"},
      {{"run", "--jobs", "0"}, "--jobs"},
      {{"run", "--scenarios", "no-such-folder"}, "no scenarios folder at no-such-folder"},
      {{"walk"}, "A subcommand is required"},
      {{}, "A subcommand is required"},
  };
  for (const auto& [words, text] : table) {
    workplace here;
    // A small library: what is wrong with the words does not depend on it.
    write_text(here / "scenarios/a.scenario.yaml", scenario_text("test/quiet", quick_expectation));
    auto all = words;
    if (!words.empty() && words.front() == "run" &&
        std::ranges::find(words, "--scenarios") == words.end())
      all.insert(all.end(), {"--scenarios", "scenarios"});
    const auto end = here.run(all);
    EXPECT_EQ(end.code, 2) << text << '\n' << end.out;
    EXPECT_TRUE(has(end.err, text)) << end.err;
    EXPECT_EQ(end.out, "");
    EXPECT_FALSE(fs::exists(here / "out")) << text;
  }
}

struct mistake {
  std::string right;  ///< in the good scenario …
  std::string wrong;  ///< … written so
  std::string where;  ///< line:column
  std::string hint;
};

const std::vector<mistake> mistakes = {
    {"title: What", "titel: What", "3:1", "did you mean 'title'?"},
    {"- expect:", "- expct:", "9:5", "did you mean 'expect'?"},
    {"violates: [does]", "violates: [does, deos]", "9:74", "did you mean 'does'?"},
    {"\n  - expect", "\n    delay: 1s\n  - expect", "8:5", "a step needs exactly one verb"},
    {"within: 2s", "within: 2", "9:22", "a duration needs a unit"},
    {"sut: server", "title: again\nsut: server", "4:1", "duplicate key 'title'"},
    {"\n  does:", "\n\tdoes:", "6:1", "a tab cannot indent YAML"},
    {"level: MUST", "level: OUGHT", "6:28", "level is one of MUST, SHOULD, MAY"},
    {"[does]}", "[does]", "10:1", ""},
};

TEST(program, each_mistake_in_a_file_is_shown_once_where_it_is) {
  for (const auto& one : mistakes) {
    workplace here;
    auto text = scenario_text("test/quiet", quick_expectation);
    const auto at = text.find(one.right);
    ASSERT_NE(at, std::string::npos) << one.right;
    text.replace(at, one.right.size(), one.wrong);
    write_text(here / "s/a.scenario.yaml", text);
    const auto end = here.run({"run", "--scenarios", "s"});
    EXPECT_EQ(end.code, 2) << one.wrong;
    EXPECT_EQ(end.out, "") << one.wrong;
    EXPECT_TRUE(end.err.starts_with("s/a.scenario.yaml:" + one.where + ": error: ")) << end.err;
    EXPECT_TRUE(has(end.err, one.hint)) << end.err;
    if (!one.hint.empty()) EXPECT_TRUE(has(end.err, "^\n")) << end.err;
    EXPECT_EQ(last_line(end.err), "1 problem");
    EXPECT_FALSE(fs::exists(here / "out")) << one.wrong;
  }
}

TEST(program, a_run_that_plays_nothing_says_so_with_its_exit_code) {
  workplace here;
  const std::vector<std::string> none = {"run", "--filter", "ws/** & sse/**", "--out"};
  auto words = none;
  words.emplace_back("a");
  const auto end = here.run(words);
  EXPECT_EQ(end.code, 4) << end.err;
  EXPECT_EQ(last_line(end.out), "0 passed, 0 failed, 0 skipped");
  EXPECT_EQ(here.json_file("a/run.json")["run"]["exit"], 4);
  words = none;
  words.insert(words.end(), {"b", "--allow-empty"});
  EXPECT_EQ(here.run(words).code, 0);
}

TEST(program, a_target_that_nobody_can_reach_is_never_blamed) {
  const std::vector<std::vector<std::string>> ways = {{}, {"--set", "capabilities.ws.server=yes"}};
  for (const auto& way : ways) {
    workplace here;
    std::vector<std::string> words = {
        "run", "ws/echo/short", "ws/frame/unmasked",        "ws/handshake/basic", "--out",
        "o",   "--url",         "ws.echo=ws://127.0.0.1:1/"};
    words.insert(words.end(), way.begin(), way.end());
    const auto end = here.run(words);
    EXPECT_TRUE(end.code == 3 || end.code == 4) << end.out << end.err;
    const auto results = here.json_file("o/run.json")["results"];
    EXPECT_GE(results.size(), 3U);
    for (const auto& one : results)
      EXPECT_TRUE(one["verdict"] == "skip" || one["verdict"] == "error") << one;
  }
}

TEST(program, localhost_is_the_one_name_that_is_known) {
  workplace here;
  const silent_server target;
  write_text(here / "s/a.scenario.yaml", scenario_text("test/quiet", quick_expectation));
  const auto end = here.run({"run", "--scenarios", "s", "--out", "o", "--url",
                             "ws.echo=ws://localhost:" + std::to_string(target.port()) + "/"});
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  EXPECT_EQ(last_line(end.out), "1 passed, 0 failed, 0 skipped");
}

TEST(program, every_endpoint_that_scenarios_use_can_be_given) {
  const std::regex use(R"(target\.((ws|http|proxy)\.[a-z-]+))");
  std::size_t uses = 0;
  for (const auto& file : fs::recursive_directory_iterator(HALLEY_SOURCE_DIR "/scenarios")) {
    if (!file.path().string().ends_with(".scenario.yaml")) continue;
    const auto text = text_of(file.path());
    for (auto at = std::sregex_iterator(text.begin(), text.end(), use);
         at != std::sregex_iterator(); ++at, ++uses)
      EXPECT_NE(find_contract((*at)[1].str()), nullptr) << file.path() << ": " << (*at)[1];
  }
  EXPECT_GT(uses, 0U);
}

TEST(baseline, known_failures_are_no_findings_and_unknown_passes_are) {
  workplace here;
  const std::vector<std::string> words = {
      "run",        "http/host/**", "--sim", "--mutant", "accepts-no-host",
      "--baseline", "b.yaml",       "--out"};
  const auto played = [&](const std::string& entries, const char* out) {
    write_text(here / "b.yaml", "baseline: 1\nentries:\n" + entries);
    auto all = words;
    all.emplace_back(out);
    return here.run(all);
  };
  const std::string known = "  - {match: http/host/missing, expect: fail, reason: planted}\n";
  const auto good = played(known, "a");
  EXPECT_EQ(good.code, 0) << good.out << good.err;
  EXPECT_NE(good.out.find("1 known"), std::string::npos) << good.out;
  const auto surplus =
      played(known + "  - {match: http/host/repeated, expect: fail, reason: no}\n", "b");
  EXPECT_EQ(surplus.code, 1);
  EXPECT_NE(surplus.out.find("XPASS http/host/repeated"), std::string::npos) << surplus.out;
  const auto left_out = played("  - {match: http/host/missing, expect: skip, reason: no}\n", "c");
  EXPECT_EQ(left_out.code, 0) << left_out.out;
  EXPECT_NE(left_out.out.find("disabled: no"), std::string::npos) << left_out.out;
  const auto wrong = played("  - {match: http/host/missing, expect: often, reason: no}\n", "d");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("b.yaml:3:"), std::string::npos) << wrong.err;
}

}  // namespace
}  // namespace halley::cli
