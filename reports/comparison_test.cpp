#include "reports/comparison.hpp"

#include "reports/comparison_formats.hpp"
#include "reports/comparison_query.hpp"
#include "reports/comparison_rollup.hpp"
#include "reports/html.hpp"
#include "reports/run_builder.hpp"
#include "reports/run_json.hpp"
#include "reports/run_model.hpp"
#include "reports/sample_log.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

/// What one run says of the instances ws/frame/NAME, in the order given.
using ends = std::vector<std::pair<std::string, json>>;

named_run run_of(const std::string& name, const ends& all, const std::string& target = "gw") {
  sample::log_writer log;
  for (const auto& [scenario, end] : all) {
    log.scenario(scenario);
    log.instance(scenario, json::object(), end, target);
  }
  auto model = build_run_model(log.end_run().log());
  std::erase_if(model.targets, [&](const auto& one) { return one.name != target; });
  return {name, std::move(model)};
}

json end_of(const std::string& verdict, std::vector<std::string> variants = {}) {
  json end = {{"verdict", verdict}, {"variants", std::move(variants)}};
  if (verdict == "fail") end["violates"] = {"fail-connection"};
  if (verdict == "warn") end["violates"] = {"send-close"};
  return end;
}

comparison two(const json& before, const json& now, bool strict = false) {
  std::string problem;
  return compare_runs({run_of("a", {{"x", before}}), run_of("b", {{"x", now}})}, {"", strict},
                      problem);
}

TEST(comparison, each_pair_of_ends_has_its_word) {
  struct row {
    json before;
    json now;
    change is;
  };
  const auto pass = end_of("pass", {"close"});
  const auto other = end_of("pass", {"dropped"});
  const auto info = end_of("info", {"close"});
  const auto warn = end_of("warn");
  const auto fail = end_of("fail", {"echoed"});
  const auto skip = end_of("skip");
  const auto error = end_of("error");
  auto flaky = pass;
  flaky["status"] = "flaky";
  for (const auto& one : {row{pass, pass, change::same},
                          row{pass, other, change::changed_variant},
                          row{pass, info, change::changed_variant},
                          row{fail, end_of("fail", {"ignored"}), change::changed_variant},
                          row{pass, fail, change::new_fail},
                          row{warn, fail, change::new_fail},
                          row{info, fail, change::new_fail},
                          row{pass, warn, change::new_warn},
                          row{fail, warn, change::fixed},
                          row{fail, pass, change::fixed},
                          row{warn, pass, change::fixed},
                          row{pass, flaky, change::flaky},
                          row{flaky, fail, change::flaky},
                          row{pass, skip, change::not_judged},
                          row{pass, error, change::new_error},
                          row{fail, error, change::new_error},
                          row{skip, fail, change::judged},
                          row{error, fail, change::judged},
                          row{skip, error, change::same},
                          row{skip, skip, change::same}}) {
    const auto all = two(one.before, one.now);
    ASSERT_EQ(all.rows.size(), 1U);
    EXPECT_EQ(to_word(all.rows[0].cells[1].is), to_word(one.is))
        << one.before.dump() << one.now.dump();
    EXPECT_EQ(all.regressions(), one.is == change::new_fail ? 1U : 0U);
  }
  EXPECT_EQ(two(pass, warn, true).regressions(), 1U) << "strict";
}

TEST(comparison, a_difference_in_rev_is_no_regression) {
  auto before = run_of("a", {{"x", end_of("pass")}});
  auto now = run_of("b", {{"x", end_of("fail")}});
  now.run.scenarios[0].rev = 2;
  std::string problem;
  const auto all = compare_runs({before, now}, {}, problem);
  EXPECT_EQ(all.rows[0].cells[1].is, change::other_rev);
  EXPECT_EQ(all.regressions(), 0U);
}

TEST(comparison, what_only_one_run_has_is_said_and_no_regression) {
  std::string problem;
  const auto all = compare_runs(
      {run_of("a", {{"x", end_of("pass")}}), run_of("b", {{"y", end_of("fail")}})}, {}, problem);
  ASSERT_EQ(all.rows.size(), 2U);
  EXPECT_EQ(all.rows[0].cells[1].is, change::only_in_base);
  EXPECT_EQ(all.rows[1].cells[1].is, change::only_here);
  EXPECT_EQ(all.regressions(), 0U);
}

TEST(comparison, columns_are_held_against_the_same_target_of_the_base) {
  auto base = run_of("main", {{"x", end_of("pass")}}, "one");
  auto second = run_of("", {{"x", end_of("fail")}}, "two");
  base.run.results.push_back(second.run.results[0]);
  std::string problem;
  const auto all =
      compare_runs({run_of("pr", {{"x", end_of("fail")}}, "two"), base}, {"main", false}, problem);
  ASSERT_EQ(all.columns.size(), 3U);
  EXPECT_EQ(all.columns[0].label, "two@pr");
  EXPECT_EQ(all.columns[1].label, "one");
  EXPECT_EQ(all.columns[2].label, "two@main");
  EXPECT_EQ(all.columns[0].base, 2U);
  EXPECT_FALSE(all.columns[1].base);
  EXPECT_FALSE(all.columns[2].base) << "what the base's targets differ in is no news";
  EXPECT_EQ(all.rows[0].cells[0].is, change::same);
  EXPECT_EQ(all.regressions(), 0U);
  compare_runs({base}, {"none", false}, problem);
  EXPECT_EQ(problem, "no run is named 'none'");
}

TEST(comparison, a_run_of_several_targets_has_no_news_beside_itself) {
  auto base = run_of("main", {{"x", end_of("pass")}}, "one");
  base.run.results.push_back(run_of("", {{"x", end_of("fail")}}, "two").run.results[0]);
  auto again = base;
  again.name = "pr";
  std::string problem;
  EXPECT_EQ(compare_runs({base, again}, {"main", false}, problem).regressions(), 0U);
}

TEST(comparison, a_target_that_is_new_beside_others_is_held_against_none) {
  auto now = run_of("pr", {{"x", end_of("pass")}}, "one");
  now.run.results.push_back(run_of("", {{"x", end_of("fail")}}, "new").run.results[0]);
  std::string problem;
  const auto all =
      compare_runs({run_of("main", {{"x", end_of("pass")}}, "one"), now}, {"main", false}, problem);
  ASSERT_EQ(all.columns.size(), 3U);
  EXPECT_EQ(all.columns[1].base, 0U);
  EXPECT_FALSE(all.columns[2].base);
}

TEST(comparison, targets_of_one_run_alone_are_held_against_its_first) {
  auto both = run_of("a", {{"x", end_of("pass")}}, "one");
  both.run.results.push_back(run_of("", {{"x", end_of("fail")}}, "two").run.results[0]);
  std::string problem;
  const auto all = compare_runs({both}, {}, problem);
  ASSERT_EQ(all.columns.size(), 2U);
  EXPECT_EQ(all.columns[1].base, 0U);
  EXPECT_EQ(all.rows[0].cells[1].is, change::new_fail);
}

TEST(comparison, earlier_attempts_do_not_count) {
  sample::log_writer log;
  log.scenario("x");
  log.instance("x", json::object(), end_of("fail"), "gw");
  auto again = end_of("pass");
  again["attempt"] = 2;
  log.instance("x", json::object(), again, "gw");
  std::string problem;
  const auto all = compare_runs({{"a", build_run_model(log.end_run().log())}}, {}, problem);
  ASSERT_EQ(all.rows.size(), 1U);
  const auto& cells = all.rows[0].cells;
  EXPECT_TRUE(std::ranges::any_of(cells, [](const auto& one) {
    return one.result != nullptr && one.result->outcome == verdict::pass;
  }));
}

/// nginx passes x and warns at y; squid fails x otherwise and skips y; z is the same.
comparison three_rows() {
  std::string problem;
  return compare_runs(
      {run_of("a",
              {{"x", end_of("pass", {"close-1002"})}, {"y", end_of("warn")}, {"z", end_of("pass")}},
              "nginx"),
       run_of("b",
              {{"x", end_of("fail", {"echoed"})}, {"y", end_of("skip")}, {"z", end_of("pass")}},
              "squid")},
      {}, problem);
}

std::string names_of(const comparison& all, const std::string& query) {
  std::string problem;
  const auto wanted = parse_query(all, query, problem);
  if (!problem.empty()) return problem;
  std::string names;
  for (const auto& row : all.rows)
    if (wanted(all, row)) names += row.scenario.substr(row.scenario.rfind('/') + 1);
  return names;
}

TEST(comparison_query, words_are_those_of_the_box) {
  const auto all = three_rows();
  for (const auto& [query, names] : std::vector<std::pair<std::string, std::string>>{
           {"", "xyz"},
           {"is:different", "x"},
           {"-is:different", "yz"},
           {"is:regressed", "x"},
           {"is:not-judged", "y"},
           {"is:same", "xyz"},  // the base has nothing that it is held against
           {"verdict:fail", "x"},
           {"verdict:fail,warn", "xy"},
           {"verdict:f*", "x"},
           {"level:MUST", "xyz"},
           {"level:should", ""},
           {"target:squid verdict:fail", "x"},
           {"target:nginx verdict:fail", ""},
           {"squid:fail", "x"},
           {"nginx:pass squid:fail", "x"},
           {"target(nginx):warn", "y"},
           {"variant:close-*", "x"},
           {"variant:~1002", "x"},
           {"req:rfc6455/5.*", "xyz"},
           {"req:*#send-close", "xyz"},
           {"tag:websocket", "xyz"},
           {"tag:slow", ""},
           {"frame/y", "y"},
           {"breaks", "xyz"},
           {"-frame/y", "xz"},
           {"is:bad",
            "is:bad; there are different, regressed, and the changes: new-fail, fixed, …"},
           {"target(none):fail", "no target 'none'"}})
    EXPECT_EQ(names_of(all, query), names) << query;
}

TEST(comparison_query, a_pattern_of_stars_ends_soon) {
  const auto all = three_rows();
  EXPECT_EQ(names_of(all, "variant:" + std::string(5000, '*') + "q"), "");
}

TEST(comparison_rollup, requirements_count_once_by_family_section_and_level) {
  const auto all = three_rows();
  const auto sums = roll_up(all);
  ASSERT_EQ(sums.families.size(), 2U);
  EXPECT_EQ(sums.families[0].key, "");
  EXPECT_EQ(sums.families[1].key, "ws");
  // The MUST stands in the ledger and is one; the SHOULD belongs to each scenario.
  const rollup_cell nginx{1, 1, 2, 3, 0, 3};
  const rollup_cell squid{0, 1, 2, 2, 1, 2};
  EXPECT_EQ(sums.families[1].cells[0], nginx);
  EXPECT_EQ(sums.families[1].cells[1], squid);
  ASSERT_EQ(sums.sections.size(), 2U);
  EXPECT_EQ(sums.sections[0].key, "RFC 6455 §5.2");
  EXPECT_EQ(sums.sections[0].cells[1], (rollup_cell{0, 1, 0, 0, 1, 2}));
  EXPECT_TRUE(sums.sections[0].different);
  const auto rsv = std::ranges::find(sums.requirements, "rfc6455/5.2-rsv", &rollup_row::key);
  ASSERT_NE(rsv, sums.requirements.end());
  EXPECT_EQ(rsv->level, "MUST");
  EXPECT_EQ(rsv->cells[0], (rollup_cell{1, 1, 0, 0, 0, 3}));
}

std::string formatted(const comparison& all, std::string (*form)(const comparison_view&)) {
  const auto sums = roll_up(all);
  comparison_view view{all, sums, {}};
  for (const auto& row : all.rows)
    view.rows.push_back(&row);
  return form(view);
}

std::string as_text(const comparison_view& view) {
  return comparison_text(view, 100);
}

std::string as_html(const comparison_view& view) {
  return html_text(joined_run(view));
}

TEST(comparison_formats, text_shows_scores_then_rows_then_counts) {
  EXPECT_EQ(formatted(three_rows(), as_text),
            "       MUST  SHOULD  ws\n"
            "nginx  1/1   2/3     1/1\n"
            "squid  0/1   2/2     0/1\n"
            "\n"
            "ws/frame/x     MUST     new-fail\n"
            "  pass close-1002           nginx\n"
            "  fail echoed               squid\n"
            "\n"
            "ws/frame/y     MUST     not-judged\n"
            "  warn                      nginx\n"
            "\n"
            "ws/frame/z     MUST\n"
            "  pass                      nginx, squid\n"
            "\n"
            "3 instances, 1 differ\n"
            "against a: 1 new-fail, 1 not-judged\n");
}

TEST(comparison_formats, the_worst_comes_first_and_without_a_base_nothing_has_changed) {
  auto before = run_of("a", {{"x", end_of("fail")}, {"y", end_of("pass")}, {"z", end_of("pass")}});
  auto now = run_of("b", {{"x", end_of("pass")}, {"y", end_of("skip")}, {"z", end_of("fail")}});
  std::string problem;
  const auto all = compare_runs({before, now}, {}, problem);
  const auto sums = roll_up(all);
  comparison_view view{all, sums, {}};
  for (const auto& row : all.rows)
    view.rows.push_back(&row);
  worst_first(view);
  EXPECT_EQ(view.rows[0]->scenario, "ws/frame/z");
  EXPECT_EQ(view.rows[1]->scenario, "ws/frame/x");
  EXPECT_EQ(view.rows[2]->scenario, "ws/frame/y");
  view.against_base = false;
  const auto text = comparison_text(view, 1);
  EXPECT_EQ(text.find("new-fail"), std::string::npos);
  EXPECT_TRUE(
      text.ends_with("and 2 more; --only narrows, --format csv has all\n\n"
                     "3 instances, 2 differ\n"))
      << text;
}

TEST(comparison_formats, what_looks_the_same_is_folded) {
  sample::log_writer log;
  log.scenario("x");
  for (int n = 0; n < 5; ++n)
    log.instance("x", {{"n", n}}, end_of(n < 3 ? "pass" : "fail"), "gw");
  std::string problem;
  const auto all = compare_runs({{"a", build_run_model(log.end_run().log())}}, {}, problem);
  std::vector<const comparison_row*> rows;
  for (const auto& row : all.rows)
    rows.push_back(&row);
  const auto folded = fold(rows);
  ASSERT_EQ(folded.size(), 2U);
  EXPECT_EQ(folded[0].members.size(), 3U);
  EXPECT_EQ(folded[1].of, 5U);
  EXPECT_NE(formatted(all, as_text).find("ws/frame/x 3/5 "), std::string::npos);
}

TEST(comparison_formats, json_and_csv_hold_every_cell) {
  const auto document = json::parse(formatted(three_rows(), comparison_json));
  EXPECT_EQ(document["schema"], "compare/1");
  EXPECT_EQ(document["columns"][1]["base"], "nginx");
  EXPECT_EQ(document["regressions"], 1);
  EXPECT_EQ(document["changes"]["new-fail"], 1);
  EXPECT_EQ(document["rows"][0]["cells"][1]["verdict"], "fail");
  EXPECT_EQ(document["rows"][0]["cells"][1]["change"], "new-fail");
  const auto csv = formatted(three_rows(), comparison_csv);
  EXPECT_EQ(
      csv.find("\"instance\",\"scenario\",\"title\",\"level\",\"different\",\"nginx verdict\","
               "\"nginx variants\",\"nginx change\",\"squid verdict\""),
      0U);
  EXPECT_NE(csv.find("\r\n\"ws/frame/x\",\"ws/frame/x\",\"A frame breaks a rule\",\"MUST\",\"yes\","
                     "\"pass\",\"close-1002\",\"same\",\"fail\",\"echoed\",\"new-fail\"\r\n"),
            std::string::npos)
      << csv;
}

/// Octets that mean something to terminals, browsers, spreadsheets and Markdown, in every place.
comparison hostile() {
  const std::string evil =
      "=cmd|'/c calc'!A1\x1b]0;x\x07\x1b[31m</script><img src=x onerror=alert(1)>\r\n|`\"\xff";
  auto run = run_of(evil, {{"x", end_of("fail", {evil})}});
  auto& result = run.run.results.at(0);
  result.instance = result.scenario = result.observed = result.target = evil;
  run.run.scenarios.at(0).id = run.run.scenarios.at(0).title = evil;
  auto& target = run.run.targets.emplace_back();
  target.name = target.version = evil;
  auto other = run;
  other.run.results[0].outcome = verdict::pass;
  std::string problem;
  return compare_runs({run, other}, {}, problem);
}

TEST(comparison_formats, hostile_names_are_inert) {
  const auto all = hostile();
  for (auto* const form : {as_text, comparison_markdown, score_table_markdown}) {
    const auto text = formatted(all, form);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\r'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
  }
  const auto markdown = formatted(all, comparison_markdown);
  EXPECT_EQ(markdown.find("<img"), std::string::npos);
  EXPECT_EQ(markdown.find("<script"), std::string::npos);
  const auto csv = formatted(all, comparison_csv);
  EXPECT_EQ(csv.find('\x1b'), std::string::npos);
  EXPECT_NE(csv.find("\"'=cmd|'/c calc'!A1"), std::string::npos);
  EXPECT_EQ(csv.find("\"=cmd"), std::string::npos);
  EXPECT_EQ(std::ranges::count(csv, '\n'), 2);
  EXPECT_TRUE(json::accept(formatted(all, comparison_json)));
  const auto html = formatted(all, as_html);
  EXPECT_EQ(html.find("<img src=x"), std::string::npos);
  EXPECT_EQ(html.find('\x1b'), std::string::npos);
}

TEST(comparison_formats, html_is_the_report_of_one_run_with_a_column_each) {
  const auto all = three_rows();
  const auto sums = roll_up(all);
  comparison_view view{all, sums, {&all.rows[0]}};
  const auto joined = joined_run(view);
  ASSERT_EQ(joined.targets.size(), 2U);
  EXPECT_EQ(joined.targets[1].name, "squid");
  ASSERT_EQ(joined.results.size(), 2U);
  EXPECT_EQ(joined.results[1].id, "ws/frame/x@squid#1");
  EXPECT_TRUE(joined.complete);
  EXPECT_EQ(joined.scenarios.size(), 3U);
  const auto document = to_run_json(joined);
  EXPECT_EQ(document["summary"]["targets"].size(), 2U);
}

}  // namespace
}  // namespace halley::reports
