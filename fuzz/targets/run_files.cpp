// Property: whatever a run.json, two logs that are to be joined, or a baseline that is to be
// updated hold, they are read or refused; a report that was read is written, read and written
// again as the same; an update leaves nothing to update.
// The first octet chooses; a line of its own stands before a run.json: a query over its rows.
#include "base/bytes.hpp"
#include "fuzz/targets/require.hpp"
#include "reports/baseline_update.hpp"
#include "reports/comparison.hpp"
#include "reports/comparison_formats.hpp"
#include "reports/comparison_query.hpp"
#include "reports/comparison_rollup.hpp"
#include "reports/merge.hpp"
#include "reports/run_builder.hpp"
#include "reports/run_json.hpp"
#include "reports/run_reader.hpp"
#include "trace/json_lines.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace halley;
using fuzz::require;

void check_shown(const std::string& text) {
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    require((octet >= 0x20 && octet != 0x7F) || c == '\n' || c == '\t' || c == '\r',
            "a comparison has no control characters");
  }
}

void compare(reports::run_model one, reports::run_model other, std::string_view query) {
  std::vector<reports::named_run> runs;
  runs.push_back({"one", std::move(one)});
  runs.push_back({"other", std::move(other)});
  std::string problem;
  const auto all = reports::compare_runs(std::move(runs), {}, problem);
  if (!problem.empty()) return;
  require(all.regressions() == 0, "a run is no worse than itself");
  const auto wanted = reports::parse_query(all, query, problem);
  const auto sums = reports::roll_up(all);
  reports::comparison_view view{all, sums, {}, true};
  for (const auto& row : all.rows)
    if (!problem.empty() || wanted(all, row)) view.rows.push_back(&row);
  reports::worst_first(view);
  check_shown(reports::comparison_text(view, 20));
  check_shown(reports::comparison_markdown(view));
  check_shown(reports::comparison_csv(view));
  static_cast<void>(reports::comparison_json(view));
  static_cast<void>(reports::joined_run(view));
}

void try_run(std::string_view text) {
  const auto line = std::min(text.find('\n'), text.size());
  const auto json = text.substr(std::min(line + 1, text.size()));
  auto first = reports::read_run_json(json, reports::report_part::whole);
  if (!first.problem.empty()) return;
  const auto written = reports::run_json_text(first.run);
  auto again = reports::read_run_json(written, reports::report_part::whole);
  require(again.problem.empty(), "a report that was written is read: " + again.problem);
  require(reports::run_json_text(again.run) == written, "a report is written as it was read");
  compare(std::move(first.run), std::move(again.run), text.substr(0, line));
}

void try_merge(std::string_view text) {
  const auto middle = std::min(text.find('\0'), text.size());
  std::vector<reports::run_log> logs;
  for (const auto part : {text.substr(0, middle), text.substr(std::min(middle + 1, text.size()))}) {
    std::istringstream in("{\"ev\":\"header\",\"schema\":\"events/1\"}\n" + std::string(part));
    logs.push_back({"folder", trace::read_log(in, "log")});
  }
  std::string problem;
  const auto merged = reports::merge_logs(logs, problem);
  if (!problem.empty()) return;
  std::istringstream in(reports::log_text(merged));
  const auto again = trace::read_log(in, "log");
  require(again.problem.empty(), "a joined log is read: " + again.problem);
  require(again.events.size() == merged.events.size(), "a joined log is read whole");
  static_cast<void>(reports::build_run_model(again));
}

/// A run with a pass and two fails.
reports::run_model some_run() {
  std::istringstream in(
      R"({"ev":"header","schema":"events/1"}
{"ev":"run.start","t":0,"seq":1}
{"ev":"target.start","name":"t","t":0,"seq":2}
{"ev":"scenario","id":"a/b","t":0,"seq":3}
{"ev":"instance.start","instance":"a/b","scenario":"a/b","target":"t","t":0,"seq":4}
{"ev":"instance.end","instance":"a/b","target":"t","verdict":"fail","variants":["x"],"t":1,"seq":5}
{"ev":"instance.start","instance":"a/c","scenario":"a/c","target":"t","t":1,"seq":6}
{"ev":"instance.end","instance":"a/c","target":"t","verdict":"pass","t":2,"seq":7}
{"ev":"instance.start","instance":"a/d[n=1]","scenario":"a/d","target":"t","t":2,"seq":8}
{"ev":"instance.end","instance":"a/d[n=1]","target":"t","verdict":"fail","t":3,"seq":9}
{"ev":"run.end","t":4,"seq":10}
)");
  return reports::build_run_model(trace::read_log(in, "log"));
}

void try_baseline(std::string_view text) {
  static const reports::run_model run = some_run();
  const auto made = reports::update_baseline("b.yaml", std::string(text), run);
  if (!made.problem.empty()) return;
  const auto again = reports::update_baseline("b.yaml", made.text, run);
  require(again.problem.empty(), "an updated baseline is read: " + again.problem + made.text);
  require(again.text == made.text, "an update leaves nothing to update: " + made.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const octets text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      try_run(text);
      break;
    case 1:
      try_merge(text);
      break;
    default:
      try_baseline(text);
  }
  return 0;
}
