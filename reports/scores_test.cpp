#include "reports/scores.hpp"

#include "reports/failures.hpp"
#include "reports/run_builder.hpp"
#include "reports/run_model.hpp"
#include "reports/sample_log.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

struct exit_case {
  std::vector<json> ends;
  bool strict = false;
  int wanted = 0;
};

json error(const char* cause) {
  return {{"verdict", "error"}, {"error", {{"cause", cause}, {"text", ""}}}};
}

TEST(scores, the_exit_code_follows_the_precedence) {
  const json pass = {{"verdict", "pass"}};
  const json info = {{"verdict", "info"}};
  const json warn = {{"verdict", "warn"}};
  const json fail = {{"verdict", "fail"}};
  const json skip = {{"verdict", "skip"}, {"skip", {{"reason", "blocked"}, {"from", "x"}}}};
  const exit_case cases[] = {
      {{pass, info, warn}, false, 0},
      {{pass, warn}, true, 1},
      {{pass, fail}, false, 1},
      {{skip, skip}, false, 4},
      {{}, false, 4},
      {{pass, skip}, false, 0},
      {{pass, error("resource")}, false, 3},
      {{pass, error("inconclusive")}, false, 3},
      {{fail, error("target-died")}, false, 1},
      {{fail, error("invalid-scenario")}, false, 2},
      {{fail, error("invalid-scenario"), error("harness-bug")}, false, 5},
      {{skip, error("target-start")}, false, 3},
  };
  for (const auto& one : cases) {
    sample::log_writer log;
    log.scenario("a");
    for (std::size_t i = 0; i < one.ends.size(); ++i)
      log.instance("a", {{"n", i}}, one.ends[i]);
    log.end_run();
    EXPECT_EQ(exit_code(build_run_model(log.log()), one.strict), one.wanted)
        << json(one.ends).dump() << one.strict;
  }
}

TEST(scores, an_interrupted_run_exits_130_and_a_killed_one_3) {
  sample::log_writer log;
  log.scenario("a").instance("a", json::object(), {{"verdict", "pass"}});
  auto killed = log;
  EXPECT_EQ(exit_code(build_run_model(killed.log()), false), 3);
  EXPECT_EQ(exit_code(build_run_model(log.end_run(true).log()), false), 130);
}

TEST(scores, a_ledger_requirement_counts_once_and_holds_only_if_it_held_everywhere) {
  sample::log_writer log;
  log.scenario("a")
      .scenario("b")
      .instance("a", json::object(), {{"verdict", "pass"}})
      .instance("b", json::object(), {{"verdict", "fail"}, {"violates", {"fail-connection"}}})
      .end_run();
  const auto scores = score_targets(build_run_model(log.log()));
  ASSERT_EQ(scores.size(), 1U);
  EXPECT_EQ(scores[0].must, (level_score{0, 1}));
  EXPECT_EQ(scores[0].should, (level_score{2, 2}));
  ASSERT_EQ(scores[0].violated.size(), 1U);
  EXPECT_EQ(scores[0].violated[0].what.ledger, "rfc6455/5.2-rsv");
}

TEST(scores, skips_and_errors_put_no_requirement_to_the_test) {
  sample::log_writer log;
  log.scenario("a").instance("a", {{"n", 1}}, {{"verdict", "skip"}});
  log.instance("a", {{"n", 2}}, error("resource")).end_run();
  const auto scores = score_targets(build_run_model(log.log()));
  ASSERT_EQ(scores.size(), 1U);
  EXPECT_EQ(scores[0].must, (level_score{0, 0}));
}

TEST(scores, skips_group_by_reason_and_origin_and_hide_filtered_ones) {
  sample::log_writer log;
  const auto skip = [](const char* reason, const char* from) {
    return json{{"verdict", "skip"}, {"skip", {{"reason", reason}, {"from", from}}}};
  };
  log.instance("a", {{"n", 1}}, skip("blocked", "after ws/echo/text"));
  log.instance("a", {{"n", 2}}, skip("not-applicable", "proxy.connect"));
  log.instance("a", {{"n", 3}}, skip("not-applicable", "proxy.connect"));
  log.instance("a", {{"n", 4}}, skip("filtered", ""));
  const auto groups = group_skips(build_run_model(log.log()));
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].from, "proxy.connect");
  EXPECT_EQ(groups[0].instances, 2U);
  EXPECT_EQ(groups[1].reason, "blocked");
}

TEST(scores, the_closing_line_names_errors_only_where_there_are_any) {
  sample::log_writer log;
  log.instance("a", {{"n", 1}}, {{"verdict", "pass"}});
  log.instance("a", {{"n", 2}}, {{"verdict", "warn"}});
  const auto model = build_run_model(log.log());
  EXPECT_EQ(closing_line(model, false), "2 passed, 0 failed, 0 skipped");
  EXPECT_EQ(closing_line(model, true), "1 passed, 1 failed, 0 skipped");
  log.instance("a", {{"n", 3}}, error("resource"));
  EXPECT_EQ(closing_line(build_run_model(log.log()), false),
            "2 passed, 0 failed, 0 skipped, 1 errors");
}

std::vector<matrix_point> points(const std::vector<std::string>& failed) {
  std::vector<matrix_point> result;
  for (const auto* const x : {"1", "2", "3"})
    for (const auto* const y : {"a", "b"}) {
      const auto key = std::string(x) + y;
      result.push_back(
          {{{"x", x}, {"y", y}}, std::find(failed.begin(), failed.end(), key) != failed.end()});
    }
  return result;
}

TEST(failures, the_smallest_combination_separates_failures_from_the_rest) {
  using conditions = std::vector<condition>;
  EXPECT_EQ(smallest_combination(points({"1a", "1b"})), (conditions{{"x", {"1"}}}));
  EXPECT_EQ(smallest_combination(points({"1a", "2a", "3a"})), (conditions{{"y", {"a"}}}));
  EXPECT_EQ(smallest_combination(points({"2b"})), (conditions{{"x", {"2"}}, {"y", {"b"}}}));
  EXPECT_EQ(smallest_combination(points({"1a", "1b", "2a", "2b"})),
            (conditions{{"x", {"1", "2"}}}));
  EXPECT_EQ(smallest_combination(points({"1a", "2b"})), conditions{}) << "nothing separates them";
  EXPECT_EQ(smallest_combination(points({"1a", "1b", "2a", "2b", "3a", "3b"})), conditions{});
}

TEST(failures, a_group_says_what_its_members_have_in_common) {
  const auto model = build_run_model(sample::matrix_of_failures().log());
  const auto groups = group_results(model, verdict::fail);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].members.size(), 3U);
  EXPECT_EQ(describe_group(model, groups[0]), "fails for opcode=ping (3 of 12); all others pass");
}

TEST(failures, other_variants_make_other_groups) {
  sample::log_writer log;
  log.instance("a", {{"n", 1}}, {{"verdict", "fail"}, {"variants", {"echoed"}}});
  log.instance("a", {{"n", 2}}, {{"verdict", "fail"}, {"variants", {"ignored"}}});
  const auto model = build_run_model(log.log());
  const auto groups = group_results(model, verdict::fail);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(describe_group(model, groups[0]), "fails for n=1 (1 of 2); others fail differently");
}

}  // namespace
}  // namespace halley::reports
