#include "reports/html.hpp"

#include "base/hex.hpp"
#include "base/random.hpp"
#include "reports/page_data.hpp"
#include "reports/run_builder.hpp"
#include "reports/run_model.hpp"
#include "reports/sample_log.hpp"
#include "reports/viewer_files.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace halley::reports {
namespace {

using nlohmann::json;
using page::count;
using page::data_octets;
using page::data_of;

const std::string hostile = "</script><!--<img src=x onerror=alert(1)>@DATA@\x1b[2J\xff\u202e";

run_model failing(const std::string& target, std::size_t instances) {
  sample::log_writer log;
  log.scenario("a").add({{"ev", "target.ready"}, {"target", target}, {"version", target}});
  for (std::size_t i = 0; i < instances; ++i) {
    const std::string name = "ws/frame/a[" + std::to_string(i) + "]";
    log.add({{"ev", "instance.start"},
             {"instance", name},
             {"scenario", "ws/frame/a"},
             {"target", target}});
    log.add({{"ev", "sse.event"}, {"instance", name}, {"dir", "in"}, {"data", target}});
    log.add({{"ev", "instance.end"},
             {"instance", name},
             {"target", target},
             {"verdict", "fail"},
             {"observed", target}});
  }
  log.end_run();
  return build_run_model(log.log());
}

TEST(html_report, has_no_markup_that_a_target_made) {
  const auto page = html_text(failing(hostile, 1));
  EXPECT_EQ(count(page, "<img"), 0U);
  EXPECT_EQ(count(page, "<script"), 3U);  // data, one block, the viewer
  EXPECT_EQ(count(page, "<!--"), 0U);
  EXPECT_EQ(count(page, "\x1b"), 0U);
  EXPECT_EQ(count(page, "\xff"), 0U);
  EXPECT_EQ(count(page, "\u202e"), 0U);
}

TEST(html_report, runs_no_script_but_its_own_and_asks_the_network_for_nothing) {
  const auto page = html_text(failing("one", 1));
  EXPECT_NE(page.find("default-src 'none'; script-src 'sha256-"), std::string::npos);
  EXPECT_NE(page.find("style-src 'sha256-"), std::string::npos);
  for (const auto* const loads : {" src=", "@import", "url(", "fetch(", "XMLHttpRequest", "<link"})
    EXPECT_EQ(count(page, loads), 0U) << loads;
  for (const auto& script : {shared_script, report_script, inspect_script})
    EXPECT_EQ(count(script, "innerHTML"), 0U);
}

TEST(html_report, holds_the_run_and_its_transcripts_in_blocks) {
  const auto page = html_text(failing("one", 26));
  const auto run = data_of(page, "data");
  ASSERT_EQ(run["results"].size(), 26U);
  const auto& first = run["results"][0];
  EXPECT_EQ(first["observed"], "one");
  EXPECT_EQ(first["block"], 0);
  EXPECT_FALSE(first["transcript"].contains("inline"));
  EXPECT_EQ(run["results"][25]["block"], 1);
  const auto block = data_of(page, "block-1");
  ASSERT_EQ(block.size(), 1U);
  EXPECT_EQ(block.begin().value().at(1)["ev"], "sse.event");
}

TEST(html_report, says_without_scripts_how_each_target_did) {
  const auto page = html_text(failing("one", 3));
  EXPECT_NE(page.find("<th scope=\"row\">one</th>"), std::string::npos);
  EXPECT_NE(page.find("0 passed, 3 failed, 0 skipped"), std::string::npos);
}

/// A run whose results say much that does not get smaller.
run_model long_run(std::size_t results, verdict outcome) {
  run_model model;
  model.targets.emplace_back().name = "one";
  random_source random(1);
  for (std::size_t i = 0; i < results; ++i) {
    auto& one = model.results.emplace_back();
    one.instance = one.id = "a/b[" + std::to_string(i) + "]";
    one.scenario = "a/b";
    one.target = "one";
    one.outcome = outcome;
    one.observed = to_base64(random.bytes(300));
    one.steps.emplace_back().text = to_base64(random.bytes(300));
    if (outcome != verdict::pass)
      one.events.events.push_back({{"ev", "wire.in"}, {"hex", to_hex(random.bytes(300))}});
  }
  return model;
}

TEST(html_report, leaves_transcripts_out_before_anything_else_and_says_so) {
  auto model = long_run(100, verdict::info);
  model.results.back().outcome = verdict::fail;
  const auto whole = html_text(model);
  EXPECT_EQ(data_of(whole, "data")["omitted"], json::array());
  const auto all = data_of(whole, "data")["results"];
  ASSERT_EQ(all.size(), 100U);
  EXPECT_EQ(all[99]["block"], 0) << "failures come first";
  EXPECT_EQ(all[0]["block"], 0);
  EXPECT_EQ(all[98]["block"], 3);

  // Two of the four blocks fit: that of the failure is one of them. Small data counts twice.
  auto bare = data_of(whole, "data");
  for (auto& one : bare["results"])
    one.erase("block");
  const auto room = 2 * bare.dump().size() + 5 * data_octets(whole, "block-0") / 2;
  const auto tight = html_text_within(model, {.soft = room, .hard = room});
  const auto run = data_of(tight, "data");
  EXPECT_EQ(run["results"][99]["block"], 0);
  EXPECT_EQ(count(tight, "id=\"block-"), 2U);
  EXPECT_FALSE(run["results"][98].contains("block"));
  EXPECT_EQ(run["results"].size(), 100U);
  EXPECT_EQ(run["omitted"], json{"50 transcripts (trace.pcapng and events.jsonl have them)"});
}

TEST(html_report, leaves_results_out_when_all_else_is_too_much) {
  auto model = long_run(2000, verdict::pass);
  model.results[7].outcome = verdict::fail;
  const html_limits limits{.soft = 100'000, .hard = 400'000};
  const auto page = html_text_within(model, limits);
  EXPECT_LT(page.size(), limits.hard + 100'000) << "the viewer itself comes on top";
  const auto run = data_of(page, "data");
  EXPECT_EQ(run["results"].size(), 1U);
  EXPECT_EQ(run["results"][0]["verdict"], "fail");
  ASSERT_EQ(run["omitted"].size(), 2U);
  EXPECT_EQ(run["omitted"][1], "1999 of 2000 results, those that passed first (run.json has all)");
}

TEST(html_report, bounds_each_text_and_list) {
  auto model = long_run(1, verdict::fail);
  const std::string endless(std::size_t{5} << 20U, 'x');
  model.targets[0].name = model.results[0].target = endless;
  model.targets[0].log = {endless};
  model.results[0].observed = endless;
  for (std::size_t i = 0; i < 3000; ++i)
    model.results[0].param_values[std::to_string(i)] = i;
  model.results[0].checks.emplace_back().got = endless;
  const auto page = html_text(model);
  EXPECT_LT(page.size(), 200'000U);
  const auto run = data_of(page, "data");
  EXPECT_LT(run["results"][0]["observed"].get<std::string>().size(), 5000U);
  EXPECT_EQ(run["results"][0]["params"].size(), 1000U);
}

}  // namespace
}  // namespace halley::reports
