#include "reports/run_builder.hpp"

#include "reports/run_model.hpp"
#include "reports/sample_log.hpp"
#include "reports/scores.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

TEST(run_builder, a_failure_keeps_its_steps_check_and_transcript) {
  const auto model = build_run_model(sample::one_failure().end_run().log());
  ASSERT_EQ(model.results.size(), 1U);
  const auto& one = model.results.front();
  EXPECT_EQ(one.id, "ws/frame/reserved-bits[opcode=ping,rsv=2]@my-gateway#1");
  EXPECT_EQ(one.outcome, verdict::fail);
  EXPECT_EQ(one.variants, std::vector<std::string>{"echoed"});
  ASSERT_EQ(one.steps.size(), 2U);
  EXPECT_EQ(one.steps[1].outcome, "echoed");
  ASSERT_EQ(one.checks.size(), 1U);
  EXPECT_EQ(one.checks[0].at.off, 100U);
  EXPECT_EQ(one.checks[0].at.frame, 14U);
  EXPECT_EQ(one.events.events.size(), 11U);
  EXPECT_EQ(one.events.events.back()["ev"], "instance.end");
  EXPECT_EQ(one.frames, (std::pair<std::uint64_t, std::uint64_t>(12, 15)));
  EXPECT_EQ(one.reproduce,
            (std::vector<std::string>{"halley", "run", "ws/frame/reserved-bits[opcode=ping,rsv=2]",
                                      "--target", "gw.yaml", "--seed", "7"}));
  EXPECT_TRUE(model.complete);
  EXPECT_EQ(model.started, "2026-02-03T04:05:06.500Z");
  EXPECT_EQ(model.ended, "2026-02-03T04:05:06.515Z");
}

TEST(run_builder, an_instance_that_never_ended_is_an_interrupted_error) {
  auto log = sample::one_failure().log();
  log.events.pop_back();
  const auto model = build_run_model(log);
  ASSERT_EQ(model.results.size(), 1U);
  EXPECT_EQ(model.results[0].outcome, verdict::error);
  ASSERT_TRUE(model.results[0].error);
  EXPECT_EQ(model.results[0].error->cause, "interrupted");
  EXPECT_FALSE(model.results[0].events.events.empty());
  EXPECT_FALSE(model.complete);
}

TEST(run_builder, a_log_without_run_end_or_with_a_torn_line_is_incomplete) {
  EXPECT_FALSE(build_run_model(sample::one_failure().log()).complete);
  auto torn = sample::one_failure().end_run().log();
  EXPECT_TRUE(build_run_model(torn).complete);
  torn.torn = true;
  EXPECT_FALSE(build_run_model(torn).complete);
}

TEST(run_builder, a_pass_after_a_failed_attempt_is_flaky_and_counts_alone) {
  sample::log_writer log;
  log.scenario("a")
      .instance("a", json::object(), {{"verdict", "fail"}, {"violates", {"fail-connection"}}})
      .instance("a", json::object(), {{"verdict", "pass"}, {"attempt", 2}})
      .end_run();
  const auto model = build_run_model(log.log());
  ASSERT_EQ(model.results.size(), 2U);
  EXPECT_TRUE(model.results[0].superseded);
  EXPECT_EQ(model.results[1].status, "flaky");
  EXPECT_EQ(model.results[1].outcome, verdict::pass);
  EXPECT_EQ(count_verdicts(model)[verdict::pass], 1U);
  EXPECT_EQ(closing_line(model, false), "0 passed, 1 failed, 0 skipped");
}

TEST(run_builder, the_same_instance_against_two_targets_stays_two_results) {
  sample::log_writer log;
  log.scenario("a");
  for (const auto* const target : {"one", "two"})
    log.add({{"ev", "instance.start"},
             {"instance", "ws/frame/a"},
             {"scenario", "ws/frame/a"},
             {"target", target},
             {"attempt", 1}});
  log.add(
      {{"ev", "instance.end"}, {"instance", "ws/frame/a"}, {"target", "one"}, {"verdict", "pass"}});
  log.add(
      {{"ev", "instance.end"}, {"instance", "ws/frame/a"}, {"target", "two"}, {"verdict", "warn"}});
  const auto model = build_run_model(log.log());
  ASSERT_EQ(model.results.size(), 2U);
  EXPECT_EQ(model.results[0].outcome, verdict::pass);
  EXPECT_EQ(model.results[1].outcome, verdict::warn);
}

TEST(run_builder, a_request_target_is_not_taken_for_the_target_of_the_run) {
  sample::log_writer log;
  log.scenario("a").add({{"ev", "instance.start"},
                         {"instance", "ws/frame/a"},
                         {"scenario", "ws/frame/a"},
                         {"target", "my-gateway"}});
  log.add({{"ev", "http.request"}, {"instance", "ws/frame/a"}, {"target", "/path"}});
  log.add({{"ev", "instance.end"}, {"instance", "ws/frame/a"}, {"verdict", "fail"}});
  const auto model = build_run_model(log.log());
  ASSERT_EQ(model.results.size(), 1U);
  const auto& kept = model.results[0].events.events;
  EXPECT_TRUE(
      std::ranges::any_of(kept, [](const json& one) { return one["ev"] == "http.request"; }));
}

TEST(run_builder, a_passive_finding_brings_its_requirement_along) {
  auto log = sample::log_writer();
  log.scenario("a").add({{"ev", "instance.start"},
                         {"instance", "ws/frame/a"},
                         {"scenario", "ws/frame/a"},
                         {"target", "my-gateway"}});
  log.add({{"ev", "check"},
           {"instance", "ws/frame/a"},
           {"source", "passive"},
           {"requirement", "rfc6455/5.1-server-mask"},
           {"ref", "RFC 6455 §5.1"},
           {"level", "MUST"},
           {"says", "A server does not mask."}});
  log.add({{"ev", "instance.end"}, {"instance", "ws/frame/a"}, {"verdict", "fail"}});
  const auto model = build_run_model(log.log());
  ASSERT_EQ(model.results.size(), 1U);
  EXPECT_EQ(model.results[0].violates, std::vector<std::string>{"rfc6455/5.1-server-mask"});
  ASSERT_EQ(model.passive_requirements.size(), 1U);
  EXPECT_EQ(model.passive_requirements[0].level, "MUST");
}

TEST(run_builder, a_long_transcript_keeps_its_beginning_and_its_end) {
  sample::log_writer log;
  log.add({{"ev", "instance.start"}, {"instance", "i"}, {"scenario", "s"}, {"target", "t"}});
  for (int i = 0; i < 2000; ++i)
    log.add({{"ev", "wire.in"},
             {"instance", "i"},
             {"conn", "c1"},
             {"dir", "in"},
             {"off", i * 1000},
             {"len", 1000},
             {"hex", std::string(2000, 'a')}});
  log.add({{"ev", "instance.end"}, {"instance", "i"}, {"verdict", "fail"}});
  const auto model = build_run_model(log.log());
  const auto& events = model.results.at(0).events;
  EXPECT_TRUE(events.truncated);
  EXPECT_EQ(events.events.front()["ev"], "instance.start");
  EXPECT_EQ(events.events.back()["ev"], "instance.end");
  EXPECT_LT(json(events.events).dump().size(), transcript_limit * 5 / 4);
  EXPECT_EQ(events.last_seq, log.log().events.back()["seq"]);
}

TEST(run_builder, events_of_any_shape_are_read_without_harm) {
  const char* const names[] = {"run.start",      "run.end",    "target.start", "target.ready",
                               "target.exit",    "target.log", "scenario",     "instance.start",
                               "instance.end",   "step.start", "step.end",     "check",
                               "something.else", "wire.in"};
  const json values[] = {
      nullptr, true, -1, 1.5, "text", json::array({1, "x"}), json::object({{"a", 1}})};
  const char* const fields[] = {"instance", "target", "scenario", "params", "requirements", "at",
                                "frames",   "skip",   "error",    "step",   "violates",     "id",
                                "t",        "seq",    "shard",    "hex",    "attempt"};
  for (const auto* const name : names)
    for (const auto* const field : fields)
      for (const auto& value : values) {
        sample::log_writer log;
        log.add({{"ev", "instance.start"}, {"instance", "i"}, {"target", "t"}});
        json event = {{"ev", name}, {"instance", "i"}};
        event[field] = value;
        auto content = log.log();
        content.events.push_back(event);
        content.events.push_back(value);
        const auto model = build_run_model(content);
        EXPECT_GE(model.results.size(), 1U);
      }
}

RC_GTEST_PROP(run_builder,
              every_started_instance_has_exactly_one_result,
              (std::vector<std::uint8_t> verdicts)) {
  sample::log_writer log;
  log.scenario("a");
  for (std::size_t i = 0; i < verdicts.size(); ++i)
    log.instance("a", {{"n", i}}, {{"verdict", to_word(static_cast<verdict>(verdicts[i] % 6))}});
  const auto model = build_run_model(log.log());
  RC_ASSERT(model.results.size() == verdicts.size());
  RC_ASSERT(count_verdicts(model).total() == verdicts.size());
}

}  // namespace
}  // namespace halley::reports
