// What is left of a run that did not end by itself, and what merge makes of it.
#include "cli/program_run.hpp"
#include "trace/json_lines.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A run of one scenario that has passed and one that waits for ever.
struct endless_run {
  endless_run() {
    write_text(here / "s/a.scenario.yaml", scenario_text("test/ends", quick_expectation));
    write_text(here / "s/b.scenario.yaml", scenario_text("test/waits", endless_expectation));
    running = here.start({"run", "--scenarios", "s", "--out", "o", "--report", "junit", "--url",
                          "ws.echo=ws://" + target.where() + "/"});
    comes_to_hold(here / "o/events.jsonl", R"("ev":"instance.end")");
    comes_to_hold(here / "o/events.jsonl", R"("conn.open","seq":)");
  }

  workplace here;
  silent_server target;
  std::unique_ptr<process> running;
};

/// The result of `instance` in a report.
json result_of(const json& report, std::string_view instance) {
  for (const auto& one : report["results"])
    if (one["instance"] == instance) return one;
  ADD_FAILURE() << "no result of " << instance;
  return {};
}

void expect_interrupted(const json& report) {
  EXPECT_EQ(report["results"].size(), 2U);
  EXPECT_EQ(result_of(report, "test/ends")["verdict"], "pass");
  const auto waits = result_of(report, "test/waits");
  EXPECT_EQ(waits["verdict"], "error");
  EXPECT_EQ(waits["error"]["cause"], "interrupted");
}

// A time-out of the target is near the pauses of such a scenario: what it violates in a time in
// which Halley itself stood still proves nothing, and it is played once more.
TEST(interruption, who_stood_still_accuses_nobody_of_its_own_pause) {
  workplace here;
  const silent_server target;
  auto text = scenario_text("test/paced", "within: 2s, event: {tcp.fin: {}}");
  text.replace(text.find("sut: server"), 11, "sut: server\npace: 200ms");
  text.replace(text.find("  - expect"), 0, "  - delay: 700ms\n");
  write_text(here / "s/a.scenario.yaml", text);
  const auto running = here.start(
      {"run", "--scenarios", "s", "--out", "o", "--url", "ws.echo=ws://" + target.where() + "/"});
  comes_to_hold(here / "o/events.jsonl", R"("verb":"delay")");
  running->kill(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // is the subject
  running->kill(SIGCONT);
  const auto end = running->wait();
  EXPECT_EQ(end.code, 1) << "the second time it fails\n" << end.out << end.err;
  const auto log = text_of(here / "o/events.jsonl");
  EXPECT_NE(log.find("did not keep the pace"), std::string::npos);
  EXPECT_NE(log.find(R"("attempt":2)"), std::string::npos);
}

TEST(interruption, what_a_killed_run_saw_can_be_reported_later) {
  endless_run run;
  run.running->kill(SIGKILL);
  EXPECT_EQ(run.running->wait().signal, SIGKILL);
  EXPECT_FALSE(fs::exists(run.here / "o/run.json"));
  const auto log = text_of(run.here / "o/events.jsonl");

  const auto end = run.here.run({"merge", "o", "--report", "junit", "--report", "markdown"});
  EXPECT_EQ(end.code, 3) << end.err;
  EXPECT_EQ(last_line(end.out), "1 passed, 0 failed, 0 skipped, 1 errors");
  const auto report = run.here.json_file("o/run.json");
  EXPECT_EQ(report["run"]["complete"], false);
  expect_interrupted(report);
  const auto junit = text_of(run.here / "o/junit.xml");
  EXPECT_NE(junit.find("<error"), std::string::npos) << junit;
  EXPECT_NE(text_of(run.here / "o/summary.md").find("test/waits"), std::string::npos);
  EXPECT_EQ(text_of(run.here / "o/events.jsonl"), log) << "the log is evidence";
}

TEST(interruption, a_run_that_is_asked_to_end_reports_first) {
  for (const int signal : {SIGINT, SIGTERM}) {
    endless_run run;
    run.running->kill(signal);
    const auto end = run.running->wait();
    EXPECT_EQ(end.code, 130) << end.err;
    EXPECT_EQ(last_line(end.out), "1 passed, 0 failed, 0 skipped, 1 errors");
    const auto report = run.here.json_file("o/run.json");
    EXPECT_EQ(report["run"]["interrupted"], true);
    EXPECT_EQ(report["run"]["exit"], 130);
    expect_interrupted(report);
    EXPECT_TRUE(fs::exists(run.here / "o/junit.xml"));
    const auto last = run.here.events("o/events.jsonl").back();
    EXPECT_EQ(last["ev"], "run.end");
    EXPECT_EQ(last["exit"], 130);
    EXPECT_EQ(run.here.run({"merge", "o"}).code, 130) << "a report says what the run said";
  }
}

constexpr const char* stubborn_profile = R"(profile: 1
name: stubborn
launch:
  command: [/bin/sh, -c, "trap '' TERM; echo $$ > pid; echo ready; exec sleep 60"]
  ready: {line: ready, within: 30s}
  stop: {signal: TERM, within: 60s}
endpoints: {ws.echo: "ws://ADDRESS/"}
capabilities: {ws.server: yes}
)";

TEST(interruption, asked_twice_a_run_stops_at_once_and_its_log_is_whole) {
  workplace here;
  const silent_server target;
  write_text(here / "s/a.scenario.yaml", scenario_text("test/waits", endless_expectation));
  auto profile = std::string(stubborn_profile);
  profile.replace(profile.find("ADDRESS"), 7, target.where());
  write_text(here / "stubborn.profile.yaml", profile);
  const auto running =
      here.start({"run", "--scenarios", "s", "--target", "stubborn.profile.yaml", "--out", "o"});
  comes_to_hold(here / "o/events.jsonl", R"("ev":"conn.open")");
  running->kill(SIGINT);
  comes_to_hold(running->err(), "once more to stop at once");
  running->kill(SIGINT);
  const auto end = running->wait();
  ::kill(std::stoi(text_of(here / "o/targets/stubborn/pid")), SIGKILL);
  EXPECT_EQ(end.signal, SIGINT) << end.code;
  const auto content = trace::read_log(here / "o/events.jsonl");
  EXPECT_EQ(content.problem, "");
  EXPECT_FALSE(content.torn);
}

TEST(merge, of_a_finished_run_gives_the_report_of_the_run) {
  const std::vector<std::pair<std::vector<std::string>, int>> runs = {
      {{"ws/echo/lengths", "comet/echo/c*", "http/host/*"}, 0},
      {{"ws/handshake/*version*", "--mutant", "any-version"}, 1},
      {{"--filter", "ws/** & sse/**"}, 4},
  };
  for (const auto& [words, code] : runs) {
    workplace here;
    std::vector<std::string> all = {"run", "--strength", "quick", "--out", "o"};
    all.insert(all.end(), words.begin(), words.end());
    const auto run = here.run(all);
    EXPECT_EQ(run.code, code) << run.out << run.err;
    const auto written = text_of(here / "o/run.json");
    fs::remove(here / "o/run.json");
    const auto merged = here.run({"merge", "o"});
    EXPECT_EQ(merged.code, code) << merged.err;
    EXPECT_EQ(last_line(merged.out), last_line(run.out));
    const auto again = text_of(here / "o/run.json");
    EXPECT_TRUE(again == written) << json::diff(json::parse(written, nullptr, false),
                                                json::parse(again, nullptr, false));
  }
}

}  // namespace
}  // namespace halley::cli
