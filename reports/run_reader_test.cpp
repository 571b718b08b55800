#include "reports/run_reader.hpp"

#include "base/random.hpp"
#include "reports/run_builder.hpp"
#include "reports/run_json.hpp"
#include "reports/sample_log.hpp"
#include "trace/scratch.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

TEST(run_reader, what_was_written_reads_back_whole) {
  for (const auto& log : {sample::every_verdict().log(), sample::every_verdict().end_run().log(),
                          sample::matrix_of_failures().log()}) {
    const auto written = run_json_text(build_run_model(log));
    const auto read = read_run_json(written, report_part::whole);
    ASSERT_EQ(read.problem, "");
    auto before = json::parse(written);
    auto after = json::parse(run_json_text(read.run));
    EXPECT_EQ(json::diff(before, after).dump(1), "[]");
  }
}

TEST(run_reader, verdicts_alone_are_the_same_without_their_evidence) {
  const auto written = run_json_text(build_run_model(sample::every_verdict().end_run().log()));
  const auto read = read_run_json(written, report_part::verdicts);
  ASSERT_EQ(read.problem, "");
  ASSERT_EQ(read.run.results.size(), 6U);
  EXPECT_EQ(read.run.results[0].outcome, verdict::fail);
  EXPECT_EQ(read.run.results[0].checks.size(), 1U);
  EXPECT_EQ(read.run.results[0].checks[0].ledger, "rfc6455/5.2-rsv");
  EXPECT_TRUE(read.run.results[0].steps.empty());
  EXPECT_TRUE(read.run.results[0].events.events.empty());
}

TEST(run_reader, what_is_no_report_is_said_with_its_place) {
  struct row {
    const char* text;
    const char* problem;
  };
  for (const auto& one : {
           row{"", "1:1: no JSON"},
           row{"{\n  \"schema\": }", "2:13: no JSON"},
           row{"[]", "no report of a run: it names no schema"},
           row{R"({"schema":"run/2"})", "schema 'run/2', and run/1 is what this program reads"},
           row{"{\"schema\":\"\\u001b[31m\"}",
               "schema '\\x1b[31m', and run/1 is what this program reads"},
           row{R"({"schema":"run/1"})", "'results' is no list"},
           row{R"({"schema":"run/1","results":7})", "'results' is no list"},
           row{R"({"schema":"run/1","results":[7]})",
               "/results/0/verdict is none of pass, info, warn, fail, skip, error"},
           row{R"({"schema":"run/1","results":[{"verdict":"pass"}]})",
               "/results/0 names no instance"},
       }) {
    const auto read = read_run_json(one.text, report_part::whole);
    EXPECT_EQ(read.problem, one.problem) << one.text;
  }
}

TEST(run_reader, depth_is_bounded) {
  const std::string deep(200'000, '[');
  EXPECT_NE(read_run_json("{\"schema\":\"run/1\",\"x\":" + deep, report_part::whole).problem, "");
  const auto closed = deep + std::string(deep.size(), ']');
  EXPECT_EQ(
      read_run_json("{\"schema\":\"run/1\",\"x\":" + closed + "}", report_part::whole).problem,
      "nested deeper than 40 levels");
}

TEST(run_reader, wrong_types_and_cut_texts_never_hurt) {
  const auto text = run_json_text(build_run_model(sample::every_verdict().end_run().log()));
  const auto good = json::parse(text);
  const std::vector<json> wrong = {
      nullptr, 7, -1, 1e300, "x", json::array(), json::object(), json::array({json::object()}),
      true};
  random_source random(7);
  const auto flat = good.flatten();
  for (const auto& [pointer, ignored] : flat.items()) {
    auto place = json::json_pointer(pointer);
    for (auto depth = random.below(3); depth > 0 && !place.empty(); --depth)
      place = place.parent_pointer();
    auto bad = good;
    bad[place] = wrong[random.below(wrong.size())];
    const auto read = read_run_json(bad.dump(), report_part::whole);
    if (read.problem.empty()) EXPECT_FALSE(run_json_text(read.run).empty());
  }
  for (std::size_t length = 0; length + 2 < text.size(); length += 211)
    EXPECT_NE(read_run_json(text.substr(0, length), report_part::verdicts).problem, "") << length;
}

TEST(run_reader, a_folder_gives_its_report_else_its_log) {
  const trace::scratch folder;
  EXPECT_NE(read_run(folder / "", report_part::whole).problem.find("neither run.json nor"),
            std::string::npos);
  EXPECT_NE(read_run(folder / "none.json", report_part::whole).problem, "");
  std::ofstream(folder / "run.json", std::ios::binary) << "{";
  const auto read = read_run(folder / "", report_part::whole);
  EXPECT_TRUE(read.problem.ends_with("run.json:1:2: no JSON")) << read.problem;
  std::ofstream(folder / "run.json", std::ios::binary)
      << run_json_text(build_run_model(sample::every_verdict().log()));
  EXPECT_EQ(read_run(folder / "", report_part::whole).run.id, "01RUN");
}

}  // namespace
}  // namespace halley::reports
