#include "reports/markdown.hpp"

#include "reports/baseline.hpp"
#include "reports/failure_block.hpp"
#include "reports/failures.hpp"
#include "reports/run_model.hpp"
#include "reports/scores.hpp"
#include "reports/text_safety.hpp"

#include <cstddef>
#include <string>

namespace halley::reports {
namespace {

/// Kept free for what follows the failures.
constexpr std::size_t tail_reserve = 4096;

std::string share(const level_score& score) {
  return score.tested == 0 ? "–" : std::to_string(score.held) + "/" + std::to_string(score.tested);
}

std::string score_table(const run_model& model) {
  std::string text =
      "| target | MUST | SHOULD | pass | info | warn | fail | skip | error |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  for (const auto& score : score_targets(model)) {
    text += "| " + markdown_text(score.target) + " | " + share(score.must) + " | " +
            share(score.should);
    for (const auto one : {verdict::pass, verdict::info, verdict::warn, verdict::fail,
                           verdict::skip, verdict::error})
      text += " | " + std::to_string(score.verdicts[one]);
    text += " |\n";
  }
  return text + "\n";
}

/// `text` as preformatted HTML: no fence that a payload could close.
std::string preformatted(const std::string& text) {
  return "<pre>\n" + xml_text(text) + "</pre>\n";
}

std::string folded_group(const run_model& model, const failure_group& group) {
  const auto& one = model.results[group.members.front()];
  auto heading = failure_heading(model, one);
  if (group.members.size() > 1)
    heading += " and " + std::to_string(group.members.size() - 1) + " more";
  return "<details><summary>" + std::string(to_word(one.outcome)) + " " + xml_text(heading) +
         "</summary>\n\n" +
         preformatted(failure_body(model, one, describe_group(model, group), painter(false))) +
         "</details>\n\n";
}

std::string baseline_list(const run_model& model) {
  std::string text;
  const auto add = [&](const std::string& what, const std::string& why) {
    if (text.size() < tail_reserve / 2) text += "- " + markdown_text(what + ": " + why) + "\n";
  };
  for (const auto& one : model.results)
    if (!one.superseded && one.status == "xpass") add(one.instance, known_text(model, one));
  for (const auto& one : model.baseline_findings)
    add(one.kind + " " + one.match, one.text);
  return text.empty() ? text : text + "\n";
}

std::string skip_list(const run_model& model) {
  std::string text;
  for (const auto& one : group_skips(model)) {
    text += "- " + std::to_string(one.instances) + " skipped, " + markdown_text(one.reason);
    if (!one.from.empty()) text += ": " + markdown_text(one.from);
    text += "\n";
    if (text.size() > tail_reserve / 2) return text + "- and more\n";
  }
  return text.empty() ? text : text + "\n";
}

}  // namespace

std::string markdown_text_of(const run_model& model, std::size_t limit) {
  std::string text = "## Halley: " + closing_line(model, model.strict) + "\n\n";
  if (!model.complete) text += "**Incomplete:** the log ends before the end of the run.\n\n";
  text += score_table(model);
  text += baseline_list(model);
  std::size_t left_out = 0;
  for (const auto of : {verdict::fail, verdict::error, verdict::warn}) {
    for (const auto& group : group_results(model, of)) {
      auto block = folded_group(model, group);
      if (text.size() + block.size() + tail_reserve > limit) {
        ++left_out;
      } else {
        text += block;
      }
    }
  }
  if (left_out != 0) text += std::to_string(left_out) + " more in run.json\n\n";
  return text + skip_list(model);
}

}  // namespace halley::reports
