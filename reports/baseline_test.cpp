#include "reports/baseline.hpp"

#include "reports/junit.hpp"
#include "reports/run_builder.hpp"
#include "reports/run_model.hpp"
#include "reports/sample_log.hpp"
#include "reports/scores.hpp"
#include "reports/tap.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

const json pass = {{"verdict", "pass"}};
const json fail = {
    {"verdict", "fail"}, {"variants", {"ignored"}}, {"violates", {"fail-connection"}}};
const json warn = {{"verdict", "warn"}, {"variants", {"dropped"}}, {"violates", {"send-close"}}};
const json error = {{"verdict", "error"}, {"error", {{"cause", "resource"}, {"text", ""}}}};
const json not_applicable = {{"verdict", "skip"},
                             {"skip", {{"reason", "not-applicable"}, {"from", "x"}}}};
const json blocked = {{"verdict", "skip"}, {"skip", {{"reason", "blocked"}, {"from", "x"}}}};

json known(const json& more = json::object()) {
  json entry = {{"match", "ws/frame/a[*]"}, {"expect", "fail"}, {"reason", "why"}, {"line", 4}};
  entry.update(more);
  return entry;
}

/// Instances ws/frame/a[n=0], [n=1], … that ended as `ends` says, against `entries`.
run_model held(const std::vector<json>& ends, const std::vector<json>& entries, bool whole = true) {
  sample::log_writer log;
  log.add({{"ev", "baseline"}, {"file", "known.yaml"}, {"whole", whole}, {"entries", entries}});
  log.scenario("a");
  for (std::size_t i = 0; i < ends.size(); ++i)
    log.instance("a", {{"n", i}}, ends[i]);
  log.end_run();
  return build_run_model(log.log());
}

struct row {
  std::string name;
  json entry;
  json end;
  std::string status;
  int exit;
};

TEST(baseline, a_failure_is_excused_only_in_the_way_that_is_known) {
  const row rows[] = {
      {"fails as known", known(), fail, "xfail", 0},
      {"this variant", known({{"variant", "ignored"}}), fail, "xfail", 0},
      {"another variant", known({{"variant", "echoed"}}), fail, "differs", 1},
      {"this requirement", known({{"violates", {"fail-connection", "x"}}}), fail, "xfail", 0},
      {"another requirement", known({{"violates", {"x"}}}), fail, "differs", 1},
      {"passes", known(), pass, "xpass", 1},
      {"only warns", known(), warn, "differs", 1},
      {"warns as known", known({{"expect", "warn"}}), warn, "xfail", 0},
      {"worse than known", known({{"expect", "warn"}}), fail, "differs", 1},
      {"an error is never excused", known(), error, "", 3},
      {"flaky and fails", known({{"expect", "flaky"}}), fail, "flaky", 0},
      {"flaky and passes", known({{"expect", "flaky"}}), pass, "flaky", 0},
      {"flaky in another way", known({{"expect", "flaky"}, {"variant", "x"}}), fail, "differs", 1},
  };
  for (const auto& one : rows) {
    const auto model = held({one.end}, {one.entry});
    EXPECT_EQ(model.results.at(0).status, one.status) << one.name;
    EXPECT_EQ(exit_code(model, false), one.exit) << one.name;
  }
}

TEST(baseline, the_first_entry_that_matches_counts) {
  const auto model =
      held({fail, fail}, {known({{"match", "ws/frame/a[n=1]"}, {"variant", "x"}}), known()});
  EXPECT_EQ(model.results.at(0).status, "xfail");
  EXPECT_EQ(model.results.at(1).status, "differs");
}

TEST(baseline, joined_runs_are_each_held_against_their_own) {
  sample::log_writer log;
  const auto bring = [&](const std::vector<json>& entries) {
    log.add({{"ev", "baseline"}, {"file", "b.yaml"}, {"whole", false}, {"entries", entries}});
  };
  log.scenario("a");
  const json at_zero = known({{"match", "ws/frame/a[n=0]"}});
  for (int shard = 0; shard < 2; ++shard)
    bring({at_zero, known({{"match", "ws/frame/a[n=1]"}, {"reason", "first"}})});
  log.instance("a", {{"n", 1}}, fail);
  bring({at_zero});
  log.instance("a", {{"n", 1}}, fail, "other");
  log.instance("a", {{"n", 0}}, fail, "other");
  log.end_run();
  const auto model = build_run_model(log.log());
  EXPECT_EQ(known_text(model, model.results.at(0)), "known: first");
  EXPECT_EQ(model.results.at(1).status, "") << "nothing of the other run's excuses it";
  EXPECT_EQ(known_text(model, model.results.at(2)), "known: why");
  EXPECT_EQ(model.baseline->entries.size(), 3U);
}

TEST(baseline, what_is_known_has_its_own_place_in_the_closing_line) {
  const auto model = held({pass, fail, fail}, {known({{"match", "ws/frame/a[n=1]"}})});
  EXPECT_EQ(closing_line(model, false), "1 passed, 1 failed, 0 skipped, 1 known");
}

std::string findings_of(const run_model& model) {
  std::string result;
  for (const auto& one : model.baseline_findings)
    result += one.kind + " " + std::to_string(one.line) + ";";
  return result;
}

TEST(baseline, an_entry_that_nothing_needs_is_stale_where_all_was_played) {
  const auto other = known({{"match", "ws/other/**"}});
  EXPECT_EQ(findings_of(held({pass}, {other})), "stale 4;");
  EXPECT_EQ(exit_code(held({pass}, {other}), false), 1);
  EXPECT_EQ(findings_of(held({pass}, {other}, false)), "");
  EXPECT_EQ(exit_code(held({pass}, {other}, false), false), 0);
  EXPECT_EQ(findings_of(held({not_applicable}, {known()})), "stale 4;");
  EXPECT_EQ(findings_of(held({blocked}, {known()})), "");
}

TEST(baseline, an_entry_expires_behind_its_last_day) {
  const auto started = held({pass}, {}).started.substr(0, 10);
  EXPECT_EQ(findings_of(held({fail}, {known({{"until", started}})})), "");
  EXPECT_EQ(findings_of(held({fail}, {known({{"until", "2001-01-01"}})})), "expired 4;");
}

TEST(baseline, a_flaky_entry_may_fail_only_so_often) {
  const auto half = known({{"expect", "flaky"}, {"at_most", 0.5}});
  EXPECT_EQ(findings_of(held({fail, pass}, {half})), "");
  EXPECT_EQ(findings_of(held({fail, fail, pass}, {half})), "too-flaky 4;");
}

TEST(baseline, each_time_that_a_flaky_instance_was_played_counts) {
  const auto played = [&](double at_most) {
    sample::log_writer log;
    log.add({{"ev", "baseline"},
             {"file", "b.yaml"},
             {"entries", {known({{"expect", "flaky"}, {"at_most", at_most}})}}});
    log.scenario("a");
    for (int attempt = 1; attempt <= 4; ++attempt) {
      auto end = attempt % 2 == 0 ? pass : fail;
      end["attempt"] = attempt;
      log.instance("a", {{"n", 1}}, end);
    }
    return build_run_model(log.end_run().log());
  };
  EXPECT_EQ(findings_of(played(0.5)), "");
  EXPECT_EQ(findings_of(played(0.4)), "too-flaky 4;");
  EXPECT_EQ(exit_code(played(0.5), false), 0);
}

TEST(baseline, reports_of_other_kinds_show_it_in_their_own_words) {
  const auto good = held({fail}, {known()});
  EXPECT_NE(junit_text(good).find("<skipped message=\"known: why\""), std::string::npos);
  EXPECT_EQ(junit_text(good).find("<failure"), std::string::npos);
  EXPECT_NE(tap_text(good).find("# TODO known: why"), std::string::npos);
  const auto bad = held({pass}, {known()});
  EXPECT_NE(junit_text(bad).find("type=\"xpass\""), std::string::npos);
  EXPECT_NE(tap_text(bad).find("not ok 1 - ws/frame/a"), std::string::npos);
}

}  // namespace
}  // namespace halley::reports
