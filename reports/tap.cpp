#include "reports/tap.hpp"

#include "base/printable.hpp"
#include "reports/baseline.hpp"
#include "reports/run_model.hpp"
#include "reports/scores.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace halley::reports {
namespace {

/// `text` as the description of a test point: one line, in which a # opens no directive.
std::string description(std::string_view text) {
  std::string result;
  for (const char c : printable(text, 1024)) {
    if (c == '#') result += '\\';  // a backslash itself is doubled by printable()
    result += c;
  }
  return result;
}

std::string point(const run_model& model, const instance_result& one, std::size_t number) {
  const bool ok = one.outcome != verdict::fail && one.outcome != verdict::error &&
                  shown_as(one) != verdict::fail;
  auto line = std::string("    ") + (ok ? "ok " : "not ok ") + std::to_string(number) + " - " +
              description(one.instance);
  // The directive of TAP for a failure that is expected, and no finding.
  const bool todo = shown_as(one) == verdict::skip && !ok;
  if (todo) line += " # TODO " + description(known_text(model, one));
  if (one.outcome == verdict::skip)
    line += " # SKIP " + (one.skip ? description(one.skip->reason + ": " + one.skip->from) : "");
  line += '\n';
  if (ok) return line;
  // JSON is YAML, and its strings are safe whatever they hold.
  nlohmann::ordered_json details = {{"verdict", to_word(one.outcome)}, {"violates", one.violates}};
  if (one.error) details["cause"] = one.error->cause + ": " + one.error->text;
  return line + "      ---\n      " +
         details.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) +
         "\n      ...\n";
}

}  // namespace

std::string tap_text(const run_model& model) {
  const auto scores = score_targets(model);
  std::string text = "TAP version 14\n1.." + std::to_string(scores.size()) + '\n';
  std::size_t number = 0;
  for (const auto& score : scores) {
    text += "# Subtest: " + description(score.target) + '\n';
    std::size_t points = 0;
    for (const auto& one : model.results)
      if (!one.superseded && one.target == score.target) text += point(model, one, ++points);
    text += "    1.." + std::to_string(points) + '\n';
    const bool ok = std::ranges::none_of(model.results, [&](const auto& one) {
      const auto shown = shown_as(one);
      return !one.superseded && one.target == score.target &&
             (shown == verdict::fail || shown == verdict::error);
    });
    text += (ok ? "ok " : "not ok ") + std::to_string(++number) + " - " +
            description(score.target) + '\n';
  }
  if (!model.complete) text += "Bail out! the log ends before the end of the run\n";
  return text;
}

}  // namespace halley::reports
