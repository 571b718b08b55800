#include "reports/baseline_update.hpp"

#include "base/glob.hpp"
#include "base/printable.hpp"
#include "reports/baseline.hpp"
#include "reports/baseline_lines.hpp"
#include "reports/failures.hpp"
#include "reports/run_model.hpp"
#include "scenario/baseline.hpp"
#include "scenario/load.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

/// An edit can bring another entry into play: a stale one goes, and a later one matches. Each round
/// removes an entry or settles an instance, and a file of so many layers is not written by people.
constexpr int most_rounds = 20;

using result_list = std::vector<const instance_result*>;
/// In which way an instance fails: what an entry says of it.
struct way {
  std::string expect;
  std::string variant;
  std::vector<std::string> violates;
  auto operator<=>(const way&) const = default;
};

bool is_judged(const instance_result& one) {
  return one.outcome != verdict::skip && one.outcome != verdict::error;
}

way way_of(const instance_result& one) {
  if (one.status == "flaky") return {"flaky", {}, {}};
  way result{std::string(to_word(one.outcome)), {}, {}};
  if (one.variants.size() == 1) result.variant = one.variants.front();
  if (result.variant.empty()) result.violates = one.violates;
  return result;
}

void set_way(known_deviation& entry, const way& to) {
  entry.expect = to.expect;
  entry.variant = to.variant;
  entry.violates = to.violates;
}

std::string text_of(const known_deviation& entry) {
  auto text = entry.expect;
  if (!entry.variant.empty()) text += ", variant " + entry.variant;
  for (const auto& name : entry.violates)
    text += ", violates " + name;
  return text;
}

std::vector<known_deviation> to_records(const scenario::baseline& from) {
  std::vector<known_deviation> result;
  for (const auto& one : from.entries)
    result.push_back({one.match, one.expect, one.variant, one.violates, one.reason, one.issue,
                      one.until, one.at_most, one.at.line});
  return result;
}

/// The same but for the lines.
bool same_entries(std::vector<known_deviation> a, std::vector<known_deviation> b) {
  for (auto* const list : {&a, &b})
    for (auto& one : *list)
      one.line = 0;
  return a == b;
}

/// One pass over all entries and results; what it decides is in `lines` and `expected`.
class round_of_edits {
public:
  round_of_edits(const run_model& run, baseline_lines& lines, std::vector<baseline_edit>& edits)
      : run_(run), lines_(lines), edits_(edits) {}

  /// Returns: the entries that the edited text has to hold.
  std::vector<known_deviation> decide() {
    const auto& entries = run_.baseline->entries;
    std::vector<result_list> of(entries.size());
    for (const auto& one : run_.results)
      if (!one.superseded && one.known) of.at(*one.known).push_back(&one);
    for (std::size_t i = 0; i < entries.size(); ++i)
      settle(i, of[i]);
    add_new();
    return std::move(expected_);
  }
  bool edited() const { return edited_; }
  const std::string& problem() const { return problem_; }

private:
  /// Results of one entry, by what they mean to it.
  struct sorted_results {
    result_list passing;
    result_list as_known;
    result_list undecided;  ///< error, blocked, not played because of the entry itself
    std::map<way, result_list> otherwise;
  };

  static sorted_results sort(const result_list& all) {
    sorted_results result;
    for (const auto* const one : all) {
      const auto why = one->skip ? one->skip->reason : std::string();
      if (one->outcome == verdict::skip && why != "blocked" && why != "disabled") continue;
      if (!is_judged(*one))
        result.undecided.push_back(one);
      else if (one->status == "xpass")
        result.passing.push_back(one);
      else if (one->status == "differs")
        result.otherwise[way_of(*one)].push_back(one);
      else
        result.as_known.push_back(one);
    }
    return result;
  }

  void settle(std::size_t index, const result_list& all) {
    const auto& entry = run_.baseline->entries[index];
    const auto found = sort(all);
    const bool needed = !found.as_known.empty() || !found.undecided.empty();
    if (found.passing.empty() && found.otherwise.empty()) {
      const bool whole = run_.baseline->whole && !run_.shard;
      if (needed || !whole)
        expected_.push_back(entry);
      else
        remove(index, "nothing that was played matches");
    } else if (!needed && found.otherwise.empty()) {
      remove(index, "passes");
    } else if (found.passing.empty() && !needed && found.otherwise.size() == 1) {
      auto changed = entry;
      set_way(changed, found.otherwise.begin()->first);
      change(index, std::move(changed));
    } else {
      narrow(index, found);
    }
  }

  void remove(std::size_t index, const std::string& why) {
    if (!touch(index)) return;
    lines_.remove(index);
    edits_.push_back({"removed", run_.baseline->entries[index].match, why});
  }

  void change(std::size_t index, known_deviation to) {
    if (!touch(index)) return;
    if (to.expect != "flaky") to.at_most = 1;
    lines_.change(index, to);
    edits_.push_back({"changed", to.match, text_of(to)});
    expected_.push_back(std::move(to));
  }

  /// Makes an entry that speaks of too much speak of each instance that still needs one.
  void narrow(std::size_t index, const sorted_results& found) {
    const auto& entry = run_.baseline->entries[index];
    std::vector<known_deviation> parts;
    const auto take = [&](const result_list& all, const way* to) {
      for (const auto* const one : all) {
        auto part = entry;
        part.match = one->instance;
        if (to != nullptr) set_way(part, *to);
        parts.push_back(std::move(part));
      }
    };
    take(found.as_known, nullptr);
    take(found.undecided, nullptr);
    for (const auto& [to, all] : found.otherwise)
      take(all, &to);
    change(index, parts.front());
    if (!problem_.empty()) return;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      parts[i].at_most = 1;
      lines_.add_behind(index, parts[i]);
      edits_.push_back({"added", parts[i].match, text_of(parts[i])});
      expected_.push_back(std::move(parts[i]));
    }
  }

  bool touch(std::size_t index) {
    edited_ = true;
    if (lines_.editable(index)) return true;
    problem_ = "the entry at line " + std::to_string(run_.baseline->entries[index].line) +
               " does not begin a line with '- '";
    return false;
  }

  void add_new() {
    std::map<std::pair<std::string, way>, result_list> fresh;
    std::vector<std::pair<std::string, way>> order;
    for (const auto& one : run_.results) {
      if (one.superseded || one.known || !is_judged(one)) continue;
      if (!is_finding(run_, one, run_.strict)) continue;
      auto key = std::pair(one.scenario, way_of(one));
      auto& into = fresh[key];
      if (into.empty()) order.push_back(std::move(key));
      into.push_back(&one);
    }
    for (const auto& key : order)
      for (auto& match : matches_of(fresh.at(key))) {
        known_deviation entry;
        entry.match = std::move(match);
        entry.reason = scenario::unargued_reason;
        set_way(entry, key.second);
        edited_ = true;
        lines_.append(entry);
        edits_.push_back({"added", entry.match, text_of(entry)});
        expected_.push_back(std::move(entry));
      }
  }

  /// One glob where it says the same as the list, else each instance.
  std::vector<std::string> matches_of(const result_list& all) const {
    std::vector<matrix_point> points;
    std::set<std::string_view> wanted;
    for (const auto* const one : all)
      wanted.insert(one->instance);
    for (const auto& one : run_.results)
      if (!one.superseded && one.scenario == all.front()->scenario && is_judged(one))
        points.push_back({one.params, wanted.contains(one.instance)});
    if (all.size() > 1) {
      std::string inside;
      if (points.size() != all.size()) {
        for (const auto& condition : smallest_combination(points)) {
          if (condition.values.size() != 1) return ids_of(all);
          inside += condition.name + "=" + condition.values.front() + ",";
        }
        if (inside.empty()) return ids_of(all);
      }
      auto glob = all.front()->scenario + "[" + inside + "*]";
      if (says_the_same(glob, wanted)) return {std::move(glob)};
    }
    return ids_of(all);
  }

  bool says_the_same(const std::string& glob, const std::set<std::string_view>& wanted) const {
    return std::ranges::all_of(run_.results, [&](const instance_result& one) {
      return one.superseded || !is_judged(one) || one.known ||
             instance_matches(glob, one.instance) == wanted.contains(one.instance);
    });
  }

  static std::vector<std::string> ids_of(const result_list& all) {
    std::vector<std::string> ids;
    for (const auto* const one : all)
      if (std::ranges::find(ids, one->instance) == ids.end()) ids.push_back(one->instance);
    return ids;
  }

  const run_model& run_;
  baseline_lines& lines_;
  std::vector<baseline_edit>& edits_;
  std::vector<known_deviation> expected_;
  bool edited_ = false;
  std::string problem_;
};

/// Instances that failed before they passed.
std::set<std::string> flaky_ones(const run_model& run) {
  std::set<std::string> failed;
  std::set<std::string> flaky;
  for (const auto& one : run.results)
    if (one.superseded && one.outcome == verdict::fail)
      failed.insert(one.instance + "@" + one.target);
  for (const auto& one : run.results) {
    const bool passed = is_judged(one) && one.outcome != verdict::fail;
    auto key = one.instance + "@" + one.target;
    if (!one.superseded && passed && failed.contains(key)) flaky.insert(std::move(key));
  }
  return flaky;
}

/// Holds the results against `entries`, as the next run will.
void hold_anew(run_model& run,
               std::vector<known_deviation> entries,
               const std::set<std::string>& flaky) {
  run.baseline->entries = std::move(entries);
  run.baseline->from = 0;
  for (auto& one : run.results) {
    one.known.reset();
    one.status = flaky.contains(one.instance + "@" + one.target) ? "flaky" : "";
    hold_against(*run.baseline, one);
  }
  run.baseline_findings = judge_baseline(run);
}

std::vector<known_deviation> parsed(const std::filesystem::path& file,
                                    const std::string& text,
                                    std::string& problem) {
  std::vector<scenario::problem> problems;
  const auto read = scenario::parse_baseline(file, text, problems);
  if (!problems.empty()) problem = problems.front().text;
  return to_records(read);
}

void name_what_is_left(const run_model& run, baseline_update& into) {
  for (const auto& one : run.baseline_findings)
    into.left.push_back(one.kind + " " + one.match + ": " + one.text);
  std::size_t errors = 0;
  for (const auto& one : run.results)
    if (!one.superseded && one.outcome == verdict::error) ++errors;
  if (errors != 0)
    into.left.push_back(std::to_string(errors) + " instances ended with an error: none is excused");
}

}  // namespace

baseline_update update_baseline(const std::filesystem::path& file,
                                const std::string& text,
                                const run_model& from) {
  baseline_update result;
  auto run = from;
  const auto name = run.targets.empty() ? std::string() : run.targets.front().name;
  result.text = text.empty() ? empty_baseline(name) : text;
  if (!run.baseline) run.baseline.emplace();
  const auto flaky = flaky_ones(run);
  for (int number = 0; number < most_rounds; ++number) {
    auto entries = parsed(file, result.text, result.problem);
    if (!result.problem.empty()) return result;
    std::vector<std::size_t> starts;
    for (const auto& one : entries)
      starts.push_back(static_cast<std::size_t>(one.line));
    if (std::ranges::adjacent_find(starts) != starts.end()) {
      result.problem = "several entries share a line";
      return result;
    }
    hold_anew(run, std::move(entries), flaky);
    baseline_lines lines(result.text, std::move(starts));
    round_of_edits pass(run, lines, result.edits);
    auto expected = pass.decide();
    result.problem = pass.problem();
    if (!result.problem.empty()) return result;
    if (!pass.edited()) {
      name_what_is_left(run, result);
      return result;
    }
    auto next = lines.text();
    const auto reread = parsed(file, next, result.problem);
    if (result.problem.empty() && !same_entries(std::move(expected), reread))
      result.problem = "it is written in a form that cannot be edited line by line";
    if (!result.problem.empty()) return result;
    result.text = std::move(next);
  }
  result.problem = "it does not settle";
  return result;
}

}  // namespace halley::reports
