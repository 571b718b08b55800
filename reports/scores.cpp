#include "reports/scores.hpp"

#include "reports/baseline.hpp"
#include "reports/run_model.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

bool judged(const instance_result& one) {
  return !one.superseded && one.outcome != verdict::skip && one.outcome != verdict::error;
}

/// The name under which a requirement is counted: scenarios that take it from the ledger share it.
const std::string& count_key(const requirement_record& one) {
  return one.ledger.empty() ? one.id : one.ledger;
}

/// Requirements that were put to the test against one target.
struct tally {
  std::map<std::string, const requirement_record*> tested;
  std::map<std::string, std::uint64_t> violations;
  std::vector<std::string> order;  ///< violated ones, as they came
};

void add_result(const run_model& model, const instance_result& one, tally& into) {
  if (const auto* const scenario = model.find_scenario(one.scenario)) {
    for (const auto& requirement : scenario->requirements)
      into.tested.emplace(count_key(requirement), &requirement);
  }
  std::set<std::string> here;
  for (const auto& name : one.violates) {
    const auto* const requirement = find_requirement(model, one, name);
    if (requirement == nullptr || !here.insert(count_key(*requirement)).second) continue;
    const auto& key = count_key(*requirement);
    into.tested.emplace(key, requirement);
    if (++into.violations[key] == 1) into.order.push_back(key);
  }
}

void add_levels(const tally& from, target_score& into) {
  for (const auto& [key, requirement] : from.tested) {
    auto& score = requirement->level == "MUST"     ? into.must
                  : requirement->level == "SHOULD" ? into.should
                                                   : into.may;
    ++score.tested;
    if (!from.violations.contains(key)) ++score.held;
  }
  const auto weight = [](const requirement_record& one) {
    return one.level == "MUST" ? 0 : one.level == "SHOULD" ? 1 : 2;
  };
  for (const int wanted : {0, 1, 2})
    for (const auto& key : from.order)
      if (const auto& what = *from.tested.at(key); weight(what) == wanted)
        into.violated.push_back({what, from.violations.at(key)});
}

/// Targets in the order of the log, those that only results name included.
std::vector<std::string> target_names(const run_model& model) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const auto& one : model.targets)
    add(one.name);
  for (const auto& one : model.results)
    add(one.target);
  return names;
}

}  // namespace

verdict_counts count_verdicts(const run_model& model, const std::string& target) {
  verdict_counts result;
  for (const auto& one : model.results)
    if (!one.superseded && (target.empty() || one.target == target)) ++result[one.outcome];
  return result;
}

closing_counts count_closing(const run_model& model, bool strict) {
  closing_counts result;
  for (const auto& one : model.results) {
    if (one.superseded) continue;
    if (one.outcome == verdict::skip) {
      ++result.skipped;
    } else if (one.outcome == verdict::error) {
      ++result.errors;
    } else if (is_finding(model, one, strict)) {
      ++result.failed;
    } else if (shown_as(one) == verdict::skip) {
      ++result.known;
    } else {
      ++result.passed;
    }
  }
  return result;
}

std::string closing_line(const run_model& model, bool strict) {
  const auto counts = count_closing(model, strict);
  auto line = std::to_string(counts.passed) + " passed, " + std::to_string(counts.failed) +
              " failed, " + std::to_string(counts.skipped) + " skipped";
  if (counts.known != 0) line += ", " + std::to_string(counts.known) + " known";
  if (counts.errors != 0) line += ", " + std::to_string(counts.errors) + " errors";
  return line;
}

std::vector<target_score> score_targets(const run_model& model) {
  std::vector<target_score> result;
  for (const auto& name : target_names(model)) {
    target_score score;
    score.target = name;
    score.verdicts = count_verdicts(model, name);
    tally requirements;
    double first = 0;
    double last = 0;
    bool any = false;
    for (const auto& one : model.results) {
      if (one.target != name) continue;
      first = any ? std::min(first, one.started_ms) : one.started_ms;
      last = std::max(last, one.started_ms + one.duration_ms);
      any = true;
      if (!judged(one)) continue;
      const auto* const scenario = model.find_scenario(one.scenario);
      if (scenario != nullptr && scenario->kind == "survey") ++score.surveys;
      add_result(model, one, requirements);
    }
    score.duration_ms = any ? last - first : 0;
    add_levels(requirements, score);
    result.push_back(std::move(score));
  }
  return result;
}

std::vector<skip_group> group_skips(const run_model& model) {
  std::vector<skip_group> result;
  for (const auto& one : model.results) {
    if (one.superseded || one.outcome != verdict::skip) continue;
    const auto reason = one.skip ? one.skip->reason : std::string();
    const auto from = one.skip ? one.skip->from : std::string();
    if (reason == "filtered") continue;
    const auto found = std::find_if(result.begin(), result.end(), [&](const auto& group) {
      return group.reason == reason && group.from == from;
    });
    if (found != result.end()) {
      ++found->instances;
    } else {
      result.push_back({reason, from, 1});
    }
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    return std::tie(b.instances, a.reason, a.from) < std::tie(a.instances, b.reason, b.from);
  });
  return result;
}

int exit_code(const run_model& model, bool strict) {
  bool bug = false;
  bool invalid = false;
  bool found = !model.baseline_findings.empty();
  bool infrastructure = !model.complete;
  bool ran = false;
  for (const auto& one : model.results) {
    if (one.superseded) continue;
    if (one.outcome == verdict::error) {
      const auto cause = one.error ? one.error->cause : std::string();
      bug = bug || cause == "harness-bug";
      invalid = invalid || cause == "invalid-scenario";
      infrastructure = true;
    }
    found = found || is_finding(model, one, strict);
    ran = ran || judged(one);
  }
  if (bug) return 5;
  if (model.interrupted) return 130;
  if (invalid) return 2;
  if (found) return 1;
  if (infrastructure) return 3;
  return ran ? 0 : 4;
}

}  // namespace halley::reports
