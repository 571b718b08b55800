#include "reports/github.hpp"

#include "base/printable.hpp"
#include "reports/baseline.hpp"
#include "reports/failure_block.hpp"
#include "reports/run_model.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

constexpr std::size_t title_limit = 200;
constexpr std::size_t text_limit = 2000;

struct annotation {
  std::string key;  ///< what has one key is one annotation
  std::string title;
  std::string text;
  std::size_t instances = 0;
  std::set<std::string> targets = {};
  std::string again = {};
};

struct annotations {
  std::vector<annotation> errors;
  std::vector<annotation> warnings;
};

std::string escaped(std::string_view text, bool property) {
  std::string result;
  for (const char c : text) {
    if (c == '%') {
      result += "%25";
    } else if (c == '\r') {
      result += "%0D";
    } else if (c == '\n') {
      result += "%0A";
    } else if (property && c == ':') {
      result += "%3A";
    } else if (property && c == ',') {
      result += "%2C";
    } else {
      result += c;
    }
  }
  return result;
}

void add(std::vector<annotation>& into, annotation one, const instance_result* from) {
  auto found = std::ranges::find(into, one.key, &annotation::key);
  if (found == into.end()) {
    if (from != nullptr) one.again = rerun_line(*from);
    into.push_back(std::move(one));
    found = into.end() - 1;
  }
  if (from == nullptr) return;
  ++found->instances;
  found->targets.insert(from->target);
}

std::string says_of(const check_result* check) {
  if (check == nullptr) return {};
  std::string text = check->says;
  if (!check->expected.empty() || !check->got.empty())
    text += "\nexpected " + check->expected + "\ngot " + check->got;
  if (!check->message.empty()) text += "\n" + check->message;
  return text;
}

void add_violation(const run_model& model,
                   const instance_result& one,
                   const std::string& name,
                   annotations& into) {
  const auto check = std::ranges::find(one.checks, name, &check_result::requirement);
  const auto* const seen = check == one.checks.end() ? nullptr : &*check;
  const auto* const declared = find_requirement(model, one, name);
  const auto level = declared != nullptr ? declared->level : seen != nullptr ? seen->level : "";
  const auto ref = declared != nullptr ? declared->ref : seen != nullptr ? seen->ref : "";
  annotation made;
  made.key = declared == nullptr        ? one.scenario + "#" + name
             : declared->ledger.empty() ? declared->id
                                        : declared->ledger;
  made.title = (level.empty() ? "" : level + " ") + name + (ref.empty() ? "" : ", " + ref);
  made.text = says_of(seen);
  if (made.text.empty() && declared != nullptr) made.text = declared->says;
  const bool bad = level == "MUST" || model.strict;
  add(bad ? into.errors : into.warnings, std::move(made), &one);
}

void add_result(const run_model& model, const instance_result& one, annotations& into) {
  if (one.outcome == verdict::error) {
    const auto cause = one.error ? one.error->cause : std::string();
    add(into.errors, {"error " + cause, "error: " + cause, one.error ? one.error->text : ""}, &one);
  } else if (one.status == "xpass" || one.status == "differs") {
    add(into.errors,
        {one.status + " " + one.scenario, one.status + ": " + one.scenario, known_text(model, one)},
        &one);
  } else if (one.status == "flaky" && !one.known) {
    const bool counts = is_finding(model, one, model.strict);
    add(counts ? into.errors : into.warnings,
        {"flaky " + one.scenario, "flaky: " + one.scenario, "passed only when it was played again"},
        &one);
  } else if (shown_as(one) == verdict::fail || shown_as(one) == verdict::warn) {
    for (const auto& name : one.violates)
      add_violation(model, one, name, into);
  }
}

std::string line_of(std::string_view severity, const annotation& one) {
  auto text = one.text;
  if (one.instances != 0) {
    std::string names;
    for (const auto& name : one.targets)
      names.append(names.empty() ? "" : ", ").append(name);
    text += "\n" + std::to_string(one.instances) +
            (one.instances == 1 ? " instance against " : " instances against ") + names;
    text += "\nagain: " + one.again;
  }
  // A line of it at a time: printable() would spell the line ends out.
  std::string lines;
  for (std::string_view rest = std::string_view(text).substr(0, text_limit); !rest.empty();) {
    const auto end = rest.find('\n');
    if (const auto line = rest.substr(0, end); !line.empty())
      lines += (lines.empty() ? "" : "\n") + printable(line, text_limit);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return "::" + std::string(severity) +
         " title=" + escaped(printable(one.title, title_limit), true) +
         "::" + escaped(lines, false) + "\n";
}

std::string lines_of(std::string_view severity, const std::vector<annotation>& all) {
  std::string result;
  const bool cut = all.size() > annotation_limit;
  const auto shown = cut ? annotation_limit - 1 : all.size();
  for (std::size_t i = 0; i < shown; ++i)
    result += line_of(severity, all[i]);
  if (!cut) return result;
  std::string rest;
  for (std::size_t i = shown; i < all.size(); ++i)
    rest += all[i].title + "\n";
  return result +
         line_of(severity, {{}, "and " + std::to_string(all.size() - shown) + " more", rest});
}

}  // namespace

std::string github_text(const run_model& model) {
  annotations all;
  if (!model.complete)
    all.errors.push_back({"incomplete", "incomplete run", "the log ends before the run's end"});
  for (const auto& one : model.baseline_findings)
    add(all.errors, {one.kind + " " + one.match, one.kind + ": " + one.match, one.text}, nullptr);
  for (const auto& one : model.results)
    if (!one.superseded) add_result(model, one, all);
  return lines_of("error", all.errors) + lines_of("warning", all.warnings);
}

}  // namespace halley::reports
