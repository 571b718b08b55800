#include "reports/ctrf.hpp"

#include "reports/run_builder.hpp"
#include "reports/sample_log.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>

namespace halley::reports {
namespace {

using nlohmann::json;

json ctrf_of(const sample::log_writer& log) {
  return json::parse(ctrf_text(build_run_model(log.log())));
}

TEST(ctrf, each_verdict_has_its_status_and_stays_as_it_was) {
  sample::log_writer log;
  log.scenario("quiet");
  const std::map<std::string, std::string> expected = {{"pass", "passed"}, {"warn", "passed"},
                                                       {"info", "other"},  {"skip", "skipped"},
                                                       {"fail", "failed"}, {"error", "failed"}};
  for (const auto& [verdict, status] : expected)
    log.instance("quiet", {{"is", verdict}}, {{"verdict", verdict}});
  const auto document = ctrf_of(log.end_run());
  EXPECT_EQ(document["reportFormat"], "CTRF");
  EXPECT_EQ(document["specVersion"], "1.0.0");
  const auto& tests = document["results"]["tests"];
  ASSERT_EQ(tests.size(), expected.size());
  for (const auto& one : tests)
    EXPECT_EQ(one["status"], expected.at(one["rawStatus"])) << one;
  const auto& summary = document["results"]["summary"];
  EXPECT_EQ(summary["tests"], 6);
  EXPECT_EQ(summary["passed"], 2);
  EXPECT_EQ(summary["failed"], 2);
  EXPECT_EQ(summary["skipped"], 1);
  EXPECT_EQ(summary["other"], 1);
  EXPECT_EQ(summary["pending"], 0);
}

TEST(ctrf, a_failure_says_what_when_and_of_which_level) {
  const auto test = ctrf_of(sample::one_failure().end_run())["results"]["tests"][0];
  EXPECT_EQ(test["name"], "ws/frame/reserved-bits[opcode=ping,rsv=2] @ my-gateway");
  EXPECT_EQ(test["suite"], json({"my-gateway", "ws/frame/reserved-bits"}));
  EXPECT_EQ(test["message"],
            "expected close-1002 | close-other-code | dropped, got ws.frame fin pong 125 B");
  EXPECT_EQ(test["labels"]["level"], "MUST");
  EXPECT_EQ(test["labels"]["variants"], json({"echoed"}));
  EXPECT_EQ(test["filePath"], "scenarios/websocket/reserved-bits.scenario.yaml");
  EXPECT_EQ(test["start"], 1770091506510) << "the run's start and 10 ms";
  EXPECT_EQ(test["duration"], 1);
  EXPECT_NE(test["trace"].get<std::string>().find("again   halley run"), std::string::npos);
}

TEST(ctrf, earlier_attempts_are_retries_and_what_then_passes_is_flaky) {
  sample::log_writer log;
  log.scenario("quiet");
  log.instance("quiet", json::object(), {{"verdict", "fail"}});
  log.instance("quiet", json::object(), {{"verdict", "pass"}, {"attempt", 2}});
  const auto results = ctrf_of(log.end_run())["results"];
  ASSERT_EQ(results["tests"].size(), 1U);
  EXPECT_EQ(results["tests"][0]["retries"], 1);
  EXPECT_EQ(results["tests"][0]["flaky"], true);
  EXPECT_EQ(results["tests"][0]["status"], "passed");
  EXPECT_EQ(results["summary"]["flaky"], 1);
}

TEST(ctrf, what_a_baseline_knows_is_skipped_and_what_passes_against_it_fails) {
  sample::log_writer log;
  log.add({{"ev", "baseline"},
           {"file", "b.yaml"},
           {"entries", {{{"match", "ws/frame/quiet"}, {"expect", "fail"}, {"reason", "why"}}}}});
  log.scenario("quiet");
  log.instance("quiet", {{"n", 1}}, {{"verdict", "fail"}});
  log.instance("quiet", {{"n", 2}}, {{"verdict", "pass"}});
  const auto tests = ctrf_of(log.end_run())["results"]["tests"];
  EXPECT_EQ(tests[0]["status"], "skipped");
  EXPECT_EQ(tests[0]["message"], "known: why");
  EXPECT_EQ(tests[1]["status"], "failed");
}

}  // namespace
}  // namespace halley::reports
