#include "reports/ctrf.hpp"

#include "reports/baseline.hpp"
#include "reports/failure_block.hpp"
#include "reports/run_model.hpp"
#include "reports/text_safety.hpp"
#include "reports/utc_time.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace halley::reports {
namespace {

using json = nlohmann::ordered_json;
using attempt_counts = std::map<std::pair<std::string, std::string>, std::size_t>;

std::int64_t whole(double milliseconds) {
  return static_cast<std::int64_t>(std::llround(std::max(0.0, milliseconds)));
}

/// Milliseconds since 1970 of the run's start; 0 where the log does not say.
std::int64_t epoch_of(const run_model& model) {
  const auto started = parse_utc(model.started);
  return started ? started->time_since_epoch().count() : 0;
}

std::string_view status_of(const instance_result& one) {
  const auto shown = shown_as(one);
  if (one.outcome == verdict::error) return "failed";
  if (one.status == "differs") return "failed";
  switch (shown) {
    case verdict::pass:
    case verdict::warn:
      return "passed";
    case verdict::info:
      return "other";
    case verdict::skip:
      return "skipped";
    case verdict::fail:
    case verdict::error:
      break;
  }
  return "failed";
}

/// The gravest level that a result is about: of what it violates, else of what its scenario asks.
std::string level_of(const run_model& model, const instance_result& one) {
  bool should = false;
  bool may = false;
  const auto take = [&](const std::string& level) {
    should = should || level == "SHOULD";
    may = may || level == "MAY";
    return level == "MUST";
  };
  for (const auto& check : one.checks)
    if (take(check.level)) return "MUST";
  if (const auto* const scenario = model.find_scenario(one.scenario);
      one.checks.empty() && scenario != nullptr)
    for (const auto& requirement : scenario->requirements)
      if (take(requirement.level)) return "MUST";
  if (should) return "SHOULD";
  return may ? "MAY" : "";
}

std::string message_of(const run_model& model, const instance_result& one) {
  if (one.known && !one.status.empty()) return known_text(model, one);
  if (one.error) return one.error->cause + ": " + one.error->text;
  if (one.skip) return one.skip->reason + ": " + one.skip->from;
  if (one.checks.empty()) return {};
  const auto& check = one.checks.front();
  return check.message.empty() ? "expected " + check.expected + ", got " + check.got
                               : check.message;
}

json labels_of(const run_model& model, const instance_result& one) {
  json labels = {{"verdict", to_word(one.outcome)}};
  if (const auto level = level_of(model, one); !level.empty()) labels["level"] = level;
  if (!one.variants.empty()) labels["variants"] = one.variants;
  if (!one.violates.empty()) labels["violates"] = one.violates;
  return labels;
}

json test_of(const run_model& model, const instance_result& one, std::int64_t epoch) {
  const auto* const scenario = model.find_scenario(one.scenario);
  const auto start = epoch + whole(one.started_ms);
  json test = {{"name", one.instance + " @ " + one.target}, {"status", status_of(one)},
               {"duration", whole(one.duration_ms)},        {"start", start},
               {"stop", start + whole(one.duration_ms)},    {"suite", {one.target, one.scenario}},
               {"rawStatus", to_word(one.outcome)},         {"type", "conformance"}};
  if (const auto text = message_of(model, one); !text.empty())
    test["message"] = to_xml_characters(text);
  if (one.outcome == verdict::fail || one.outcome == verdict::error)
    test["trace"] =
        failure_heading(model, one) + "\n" + failure_body(model, one, {}, painter(false));
  if (scenario != nullptr) {
    test["type"] = scenario->kind.empty() ? "conformance" : scenario->kind;
    test["tags"] = scenario->tags;
    if (!scenario->file.empty()) test["filePath"] = scenario->file;
    if (scenario->line > 0) test["line"] = scenario->line;
  }
  test["labels"] = labels_of(model, one);
  return test;
}

json tests_of(const run_model& model, std::int64_t epoch) {
  attempt_counts earlier;
  for (const auto& one : model.results)
    if (one.superseded) ++earlier[{one.instance, one.target}];
  auto tests = json::array();
  for (const auto& one : model.results) {
    if (one.superseded) continue;
    auto test = test_of(model, one, epoch);
    if (const auto found = earlier.find({one.instance, one.target}); found != earlier.end())
      test["retries"] = found->second;
    if (one.status == "flaky") test["flaky"] = true;
    tests.push_back(std::move(test));
  }
  return tests;
}

json summary_of(const run_model& model, const json& tests, std::int64_t epoch) {
  json summary = {{"tests", tests.size()}};
  for (const auto* const word : {"passed", "failed", "skipped", "pending", "other"})
    summary[word] = std::count_if(tests.begin(), tests.end(),
                                  [&](const json& one) { return one["status"] == word; });
  summary["flaky"] = std::count_if(tests.begin(), tests.end(),
                                   [](const json& one) { return one.contains("flaky"); });
  summary["suites"] = model.targets.size();
  summary["start"] = epoch;
  summary["stop"] = epoch + whole(model.duration_ms);
  summary["duration"] = whole(model.duration_ms);
  return summary;
}

}  // namespace

std::string ctrf_text(const run_model& model) {
  const auto epoch = epoch_of(model);
  auto tests = tests_of(model, epoch);
  json tool = {{"name", "halley"}};
  if (const auto version = model.tool.find("version");
      version != model.tool.end() && version->is_string())
    tool["version"] = *version;
  json document = {{"reportFormat", "CTRF"}, {"specVersion", "1.0.0"}, {"generatedBy", "halley"}};
  if (!model.ended.empty()) document["timestamp"] = model.ended;
  auto& results = document["results"];
  results["tool"] = std::move(tool);
  results["summary"] = summary_of(model, tests, epoch);
  results["tests"] = std::move(tests);
  results["environment"]["extra"] = {
      {"run", model.id}, {"seed", model.seed}, {"strength", model.strength}};
  return document.dump(1, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace halley::reports
