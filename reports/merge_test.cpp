#include "reports/merge.hpp"

#include "reports/run_builder.hpp"
#include "reports/run_json.hpp"
#include "reports/run_model.hpp"
#include "reports/sample_log.hpp"
#include "reports/scores.hpp"
#include "reports/utc_time.hpp"
#include "trace/json_lines.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

trace::log_content shard(int i, int n, const std::string& started, bool ended = true) {
  sample::log_writer writer;
  writer.scenario("a").instance("a", {{"n", i}}, {{"verdict", "pass"}});
  if (ended) writer.end_run();
  auto log = writer.log();
  log.header["run"] = "R" + std::to_string(i);
  log.header["started"] = started;
  log.events[0]["shard"] = {{"i", i}, {"n", n}};
  return log;
}

TEST(merge, one_run_alone_gives_the_same_report) {
  const auto log = sample::matrix_of_failures().log();
  std::string problem;
  const auto merged = merge_logs({{"out/a", log}}, problem);
  EXPECT_EQ(problem, "");
  EXPECT_EQ(run_json_text(build_run_model(merged)), run_json_text(build_run_model(log)));
}

TEST(merge, each_instance_is_played_again_as_its_own_run_played_it) {
  const auto run = [](const std::string& target, const std::string& seed) {
    auto log = sample::log_writer()
                   .scenario("a")
                   .instance("a", {{"n", 1}}, {{"verdict", "pass"}}, target)
                   .end_run()
                   .log();
    log.events[0]["command"] = {"halley", "run", "--target", target + ".yaml"};
    log.events[0]["seed"] = seed;
    return log;
  };
  std::string problem;
  const auto merged = merge_logs({{"out/a", run("a", "1")}, {"out/b", run("b", "2")}}, problem);
  ASSERT_EQ(problem, "");
  const auto model = build_run_model(merged);
  ASSERT_EQ(model.results.size(), 2U);
  const auto again = [](const std::string& target, const std::string& seed) {
    return std::vector<std::string>{
        "halley", "run", "ws/frame/a[n=1]", "--target", target + ".yaml", "--seed", seed};
  };
  EXPECT_EQ(model.results[0].reproduce, again("a", "1"));
  EXPECT_EQ(model.results[1].reproduce, again("b", "2"));
  EXPECT_EQ(model.command.back(), "a.yaml") << "of the first run";
}

TEST(merge, shards_become_one_run) {
  std::string problem;
  const auto merged = merge_logs({{"out/a", shard(1, 2, "2026-01-01T00:00:02.000Z")},
                                  {"out/b", shard(2, 2, "2026-01-01T00:00:00.500Z")}},
                                 problem);
  ASSERT_EQ(problem, "");
  for (std::size_t i = 0; i < merged.events.size(); ++i)
    EXPECT_EQ(merged.events[i]["seq"], i);
  const auto model = build_run_model(merged);
  EXPECT_TRUE(model.complete);
  EXPECT_FALSE(model.shard);
  EXPECT_EQ(model.merged, (std::vector<std::string>{"R1", "R2"}));
  EXPECT_EQ(model.started, "2026-01-01T00:00:00.500Z");
  ASSERT_EQ(model.results.size(), 2U);
  EXPECT_EQ(model.scenarios.size(), 1U);
  EXPECT_EQ(model.results[0].started_ms - model.results[1].started_ms, 1500);
  EXPECT_EQ(closing_line(model, false), "2 passed, 0 failed, 0 skipped");
}

TEST(merge, a_missing_or_doubled_shard_is_said) {
  const auto time = "2026-01-01T00:00:00Z";
  std::string problem;
  EXPECT_TRUE(
      merge_logs({{"a", shard(1, 3, time)}, {"b", shard(3, 3, time)}}, problem).events.empty());
  EXPECT_EQ(problem, "shard 2/3 is missing");
  EXPECT_TRUE(
      merge_logs({{"a", shard(1, 2, time)}, {"b", shard(1, 2, time)}}, problem).events.empty());
  EXPECT_EQ(problem, "shard 1/2 is given twice: a and b");
  merge_logs({}, problem);
  EXPECT_EQ(problem, "no runs to merge");
}

TEST(merge, what_a_shard_played_for_others_counts_once) {
  const auto time = "2026-01-01T00:00:00Z";
  auto first = shard(1, 2, time);
  auto second = sample::log_writer();
  second.scenario("a");
  second.instance("a", {{"n", 1}}, {{"verdict", "fail"}});
  second.instance("a", {{"n", 2}}, {{"verdict", "pass"}}).end_run();
  auto log = second.log();
  log.events[0]["shard"] = {{"i", 2}, {"n", 2}, {"shared", {"ws/frame/a[n=1]"}}};
  std::string problem;
  const auto merged = merge_logs({{"a", first}, {"b", log}}, problem);
  ASSERT_EQ(problem, "");
  EXPECT_EQ(closing_line(build_run_model(merged), false), "2 passed, 0 failed, 0 skipped");
  EXPECT_EQ(merged.events.back()["counts"], json({{"pass", 2}}));
  // Alone it says all that it has seen, and that it is a shard.
  const auto alone = build_run_model(merge_logs({{"b", log}}, problem));
  EXPECT_EQ(closing_line(alone, false), "1 passed, 1 failed, 0 skipped");
  ASSERT_TRUE(alone.shard);
  EXPECT_EQ(alone.shard->i, 2);
}

TEST(merge, shards_of_different_selections_are_not_joined) {
  const auto time = "2026-01-01T00:00:00Z";
  for (const auto* const name : {"seed", "strength", "filter", "suite"}) {
    auto other = shard(2, 2, time);
    other.events[0][name] = "other";
    std::string problem;
    EXPECT_TRUE(merge_logs({{"a", shard(1, 2, time)}, {"b", other}}, problem).events.empty());
    EXPECT_EQ(problem.find("shards of different runs: " + std::string(name) + " is '"), 0U)
        << problem;
  }
}

TEST(merge, an_entry_that_one_shard_does_not_need_is_stale_only_where_none_does) {
  const auto time = "2026-01-01T00:00:00Z";
  const auto with_baseline = [&](int i) {
    auto log = shard(i, 2, time);
    const auto entry = [](const char* match) {
      return json{{"match", match}, {"expect", "fail"}, {"reason", "r"}};
    };
    const json known = {{"ev", "baseline"},
                        {"file", "b.yaml"},
                        {"whole", true},
                        {"entries", {entry("ws/frame/a[n=2]"), entry("ws/frame/gone")}}};
    log.events.insert(log.events.begin() + 1, known);
    for (auto& event : log.events)
      if (event["ev"] == "instance.end") event["verdict"] = i == 2 ? "fail" : "pass";
    return log;
  };
  EXPECT_TRUE(build_run_model(with_baseline(1)).baseline_findings.empty());
  std::string problem;
  const auto model =
      build_run_model(merge_logs({{"a", with_baseline(1)}, {"b", with_baseline(2)}}, problem));
  ASSERT_EQ(model.baseline_findings.size(), 1U);
  EXPECT_EQ(model.baseline_findings[0].match, "ws/frame/gone");
}

TEST(merge, a_killed_shard_leaves_the_whole_incomplete) {
  const auto time = "2026-01-01T00:00:00Z";
  std::string problem;
  const auto merged =
      merge_logs({{"a", shard(1, 2, time)}, {"b", shard(2, 2, time, false)}}, problem);
  EXPECT_EQ(problem, "");
  const auto model = build_run_model(merged);
  EXPECT_FALSE(model.complete);
  EXPECT_EQ(exit_code(model, false), 3);
}

TEST(merge, evidence_follows_its_event) {
  std::string problem;
  const auto log = sample::one_failure().end_run().log();
  const auto merged = merge_logs({{"out/a", log}, {"out/b", log}}, problem);
  const auto model = build_run_model(merged);
  ASSERT_EQ(model.results.size(), 2U);
  EXPECT_EQ(model.results[1].id, "ws/frame/reserved-bits[opcode=ping,rsv=2]@my-gateway#2");
  for (const auto& one : model.results) {
    ASSERT_TRUE(one.checks.at(0).at.seq);
    EXPECT_EQ(merged.events.at(*one.checks[0].at.seq)["ev"], "ws.frame");
  }
  EXPECT_EQ(model.results[0].pcap, "out/a/trace.pcapng");
  EXPECT_EQ(model.results[1].pcap, "out/b/trace.pcapng");
}

TEST(merge, a_log_cut_at_any_octet_still_makes_a_report) {
  const auto text = log_text(sample::one_failure().end_run().log());
  const auto header = text.find('\n') + 1;
  for (std::size_t length = header; length < text.size() - 1; length += 37) {
    const auto log = sample::read(text.substr(0, length));
    ASSERT_EQ(log.problem, "") << length;
    std::string problem;
    const auto model = build_run_model(merge_logs({{"out", log}}, problem));
    EXPECT_EQ(problem, "");
    EXPECT_EQ(model.complete, false) << length;
  }
  EXPECT_TRUE(build_run_model(sample::read(text)).complete);
}

TEST(utc_time, only_the_one_form_is_read) {
  EXPECT_EQ(to_utc(*parse_utc("2026-02-03T04:05:06Z")), "2026-02-03T04:05:06.000Z");
  EXPECT_EQ(to_utc(*parse_utc("2024-02-29T23:59:59.9876Z")), "2024-02-29T23:59:59.987Z");
  for (const auto* const bad :
       {"", "2026", "2026-13-03T04:05:06Z", "2025-02-29T00:00:00Z", "2026-02-03T24:05:06Z",
        "2026-02-03T04:05:06+01:00", "2026-02-03T04:05:06.Z", "-026-02-03T04:05:06Z"})
    EXPECT_FALSE(parse_utc(bad)) << bad;
}

}  // namespace
}  // namespace halley::reports
