#include "reports/junit.hpp"

#include "reports/baseline.hpp"
#include "reports/failure_block.hpp"
#include "reports/run_model.hpp"
#include "reports/text_safety.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace halley::reports {
namespace {

struct suite {
  std::string target;
  std::string group;
  std::vector<const instance_result*> cases;
};

/// "ws/frame/reserved-bits" → "ws.frame": what stands together in a reader's tree.
std::string group_of(const std::string& scenario) {
  const auto slash = scenario.rfind('/');
  auto group = slash == std::string::npos ? scenario : scenario.substr(0, slash);
  std::replace(group.begin(), group.end(), '/', '.');
  return group;
}

std::vector<suite> suites_of(const run_model& model) {
  std::vector<suite> result;
  for (const auto& one : model.results) {
    if (one.superseded) continue;
    const auto group = group_of(one.scenario);
    auto found = std::find_if(result.begin(), result.end(), [&](const suite& each) {
      return each.target == one.target && each.group == group;
    });
    if (found == result.end()) found = result.insert(result.end(), suite{one.target, group, {}});
    found->cases.push_back(&one);
  }
  return result;
}

std::string seconds(double milliseconds) {
  std::array<char, 48> text{};
  const auto length =
      std::snprintf(text.data(), text.size(), "%.3f", std::max(0.0, milliseconds) / 1000);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string attribute(const char* name, std::string_view value) {
  return std::string(" ") + name + "=\"" + xml_attribute(value) + "\"";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string body_of(const run_model& model, const instance_result& one) {
  return xml_text(failure_heading(model, one) + "\n" +
                  failure_body(model, one, {}, painter(false)));
}

std::string failure_message(const instance_result& one) {
  if (!one.checks.empty()) {
    const auto& check = one.checks.front();
    if (!check.message.empty()) return check.message;
    if (!check.expected.empty()) return "expected " + check.expected + ", got " + check.got;
  }
  return "violates " + joined(one.violates);
}

/// The elements inside a testcase: exactly one of failure, error and skipped, or a property.
std::string outcome_elements(const run_model& model, const instance_result& one) {
  if (one.status == "xpass")
    return "      <failure" + attribute("type", "xpass") +
           attribute("message", known_text(model, one)) + "/>\n";
  if (shown_as(one) == verdict::skip && one.outcome != verdict::skip)
    return "      <skipped" + attribute("message", known_text(model, one)) + "/>\n";
  switch (one.outcome) {
    case verdict::fail:
      return "      <failure" + attribute("type", joined(one.violates)) +
             attribute("message", failure_message(one)) + ">" + body_of(model, one) +
             "</failure>\n";
    case verdict::error:
      return "      <error" + attribute("type", one.error ? one.error->cause : "") +
             attribute("message", one.error ? one.error->text : "") + ">" + body_of(model, one) +
             "</error>\n";
    case verdict::skip:
      return "      <skipped" +
             attribute("message", one.skip ? one.skip->reason + ": " + one.skip->from : "") +
             "/>\n";
    case verdict::warn:
      return "      <properties><property name=\"verdict\" value=\"warn\"/></properties>\n"
             "      <system-out>" +
             body_of(model, one) + "</system-out>\n";
    case verdict::info:
    case verdict::pass:
      break;
  }
  if (one.status == "flaky") return "      <flakyFailure message=\"passed on retry\"/>\n";
  return {};
}

std::string case_element(const run_model& model, const instance_result& one) {
  const auto* const scenario = model.find_scenario(one.scenario);
  auto text = "    <testcase" + attribute("classname", group_of(one.scenario)) +
              attribute("name", one.instance + " @ " + one.target);
  if (scenario != nullptr && !scenario->file.empty()) text += attribute("file", scenario->file);
  text += attribute("time", seconds(one.duration_ms));
  const auto inside = outcome_elements(model, one);
  return inside.empty() ? text + "/>\n" : text + ">\n" + inside + "    </testcase>\n";
}

std::string counts_of(const std::vector<const instance_result*>& cases) {
  verdict_counts counts;
  double time = 0;
  for (const auto* const one : cases) {
    ++counts[shown_as(*one)];
    time += one->duration_ms;
  }
  return attribute("tests", std::to_string(cases.size())) +
         attribute("failures", std::to_string(counts[verdict::fail])) +
         attribute("errors", std::to_string(counts[verdict::error])) +
         attribute("skipped", std::to_string(counts[verdict::skip])) +
         attribute("time", seconds(time));
}

}  // namespace

std::string junit_text(const run_model& model) {
  const auto suites = suites_of(model);
  std::vector<const instance_result*> all;
  for (const auto& one : suites)
    all.insert(all.end(), one.cases.begin(), one.cases.end());
  auto text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"halley\"" +
              counts_of(all) + ">\n";
  for (const auto& one : suites) {
    text += "  <testsuite" + attribute("name", one.target + " " + one.group) +
            counts_of(one.cases) + attribute("timestamp", model.started) + ">\n";
    for (const auto* const each : one.cases)
      text += case_element(model, *each);
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

}  // namespace halley::reports
