#include "reports/comparison.hpp"

#include "base/printable.hpp"
#include "reports/run_model.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

constexpr std::array<std::string_view, change_count> words = {
    "same",       "new-fail", "new-warn",  "fixed",     "changed-variant", "flaky", "new-error",
    "not-judged", "judged",   "other-rev", "only-here", "only-in-base",    "absent"};

bool judged(const comparison_cell& cell) {
  return cell.result != nullptr && cell.result->outcome != verdict::skip &&
         cell.result->outcome != verdict::error;
}

/// How bad: pass and info are equally good.
int weight(verdict of) {
  return of == verdict::fail ? 2 : of == verdict::warn ? 1 : 0;
}

change change_of(const comparison_cell& before, const comparison_cell& now) {
  if (before.result == nullptr && now.result == nullptr) return change::absent;
  if (before.result == nullptr) return change::only_here;
  if (now.result == nullptr) return change::only_in_base;
  const auto& was = *before.result;
  const auto& is = *now.result;
  const bool alike = was.outcome == is.outcome && was.variants == is.variants;
  if (alike && was.status != "flaky" && is.status != "flaky") return change::same;
  const auto rev = [](const comparison_cell& one) {
    return one.scenario == nullptr ? 1 : one.scenario->rev;
  };
  if (rev(before) != rev(now)) return change::other_rev;
  if (!judged(before) && !judged(now)) return change::same;
  if (!judged(before)) return change::judged;
  if (is.outcome == verdict::error) return change::new_error;
  if (is.outcome == verdict::skip) return change::not_judged;
  if (was.status == "flaky" || is.status == "flaky") return change::flaky;
  if (weight(is.outcome) < weight(was.outcome)) return change::fixed;
  if (weight(is.outcome) > weight(was.outcome))
    return is.outcome == verdict::fail ? change::new_fail : change::new_warn;
  return change::changed_variant;
}

/// Targets in the order of the run, those that only results name included.
std::vector<std::string> targets_of(const run_model& run) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const auto& one : run.targets)
    if (seen.insert(one.name).second) names.push_back(one.name);
  for (const auto& one : run.results)
    if (seen.insert(one.target).second) names.push_back(one.target);
  return names;
}

std::vector<comparison_column> columns_of(const std::vector<named_run>& runs) {
  std::vector<comparison_column> columns;
  std::map<std::string, std::size_t> uses;
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (auto& name : targets_of(runs[i].run)) {
      const auto* const target = runs[i].run.find_target(name);
      ++uses[name];
      columns.push_back({{}, i, name, target == nullptr ? "" : target->version, std::nullopt});
    }
  std::set<std::string> taken;
  for (auto& one : columns) {
    const auto wanted = uses[one.target] == 1 ? one.target : one.target + "@" + runs[one.run].name;
    one.label = wanted;
    for (int number = 2; !taken.insert(one.label).second; ++number)
      one.label = wanted + "#" + std::to_string(number);
  }
  return columns;
}

/// Gives each column the one that it is held against: that of the same target in the base run, or
/// the base run's only one where this is its own run's only one, too. Within one run alone the
/// other targets are held against the first: beside a base their differences are no news.
void find_bases(std::vector<comparison_column>& columns, std::size_t base_run) {
  std::map<std::size_t, std::vector<std::size_t>> by_run;
  for (std::size_t i = 0; i < columns.size(); ++i)
    by_run[columns[i].run].push_back(i);
  const auto& bases = by_run[base_run];
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].run == base_run) {
      if (by_run.size() == 1 && i != bases.front()) columns[i].base = bases.front();
      continue;
    }
    const auto same = std::ranges::find_if(
        bases, [&](std::size_t base) { return columns[base].target == columns[i].target; });
    if (same != bases.end()) {
      columns[i].base = *same;
    } else if (bases.size() == 1 && by_run[columns[i].run].size() == 1) {
      columns[i].base = bases.front();
    }
  }
}

/// The gravest level that a result is about: of what it violates, else of what its scenario asks.
std::string level_of(const comparison_cell& cell) {
  std::set<std::string_view> levels;
  if (cell.result != nullptr)
    for (const auto& check : cell.result->checks)
      levels.insert(check.level);
  if (levels.empty() && cell.scenario != nullptr)
    for (const auto& requirement : cell.scenario->requirements)
      levels.insert(requirement.level);
  for (const auto* const level : {"MUST", "SHOULD", "MAY"})
    if (levels.contains(level)) return level;
  return {};
}

bool is_different(const comparison_row& row) {
  const comparison_cell* first = nullptr;
  for (const auto& cell : row.cells) {
    if (!judged(cell)) continue;
    if (first == nullptr) first = &cell;
    if (first->result->outcome != cell.result->outcome ||
        first->result->variants != cell.result->variants)
      return true;
  }
  return false;
}

/// Fills the rows; a scenario is looked up once for each run.
void fill_rows(comparison& all) {
  std::map<std::string_view, std::size_t> places;
  for (std::size_t run = 0; run < all.runs.size(); ++run) {
    const auto& model = all.runs[run].run;
    std::map<std::string_view, const scenario_record*> scenarios;
    for (const auto& one : model.scenarios)
      scenarios.emplace(one.id, &one);
    std::map<std::string_view, std::size_t> columns;
    for (std::size_t i = 0; i < all.columns.size(); ++i)
      if (all.columns[i].run == run) columns.emplace(all.columns[i].target, i);
    for (const auto& result : model.results) {
      if (result.superseded) continue;
      const auto [place, fresh] = places.emplace(result.instance, all.rows.size());
      if (fresh) {
        comparison_row row;
        row.instance = result.instance;
        row.scenario = result.scenario;
        row.cells.resize(all.columns.size());
        all.rows.push_back(std::move(row));
      }
      const auto found = scenarios.find(result.scenario);
      const auto* const scenario = found == scenarios.end() ? nullptr : found->second;
      auto& row = all.rows[place->second];
      if (row.title.empty() && scenario != nullptr) row.title = scenario->title;
      row.cells[columns.at(result.target)] = {&result, scenario, change::absent};
    }
  }
}

void judge_row(const std::vector<comparison_column>& columns, comparison_row& row) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto& cell = row.cells[i];
    if (columns[i].base)
      cell.is = change_of(row.cells[*columns[i].base], cell);
    else
      cell.is = cell.result == nullptr ? change::absent : change::same;
  }
  for (const auto* const level : {"MUST", "SHOULD", "MAY"})
    if (row.level.empty() &&
        std::ranges::any_of(row.cells, [&](const auto& cell) { return level_of(cell) == level; }))
      row.level = level;
  row.different = is_different(row);
}

}  // namespace

std::string_view to_word(change of) {
  return words.at(static_cast<std::size_t>(of));
}

std::optional<change> change_from(std::string_view word) {
  const auto* const found = std::ranges::find(words, word);
  if (found == words.end()) return std::nullopt;
  return static_cast<change>(found - words.begin());
}

std::size_t comparison::count(change of) const {
  std::size_t result = 0;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i].base && row.cells[i].is == of) ++result;
  return result;
}

bool comparison::regressed(const comparison_cell& cell) const {
  return cell.is == change::new_fail || (strict && cell.is == change::new_warn);
}

std::size_t comparison::regressions() const {
  return count(change::new_fail) + (strict ? count(change::new_warn) : 0);
}

comparison compare_runs(std::vector<named_run> runs,
                        const comparison_options& options,
                        std::string& problem) {
  comparison all;
  all.runs = std::move(runs);
  all.strict = options.strict;
  if (all.runs.empty()) {
    problem = "no runs to compare";
    return all;
  }
  if (!options.base.empty()) {
    const auto found = std::ranges::find(all.runs, options.base, &named_run::name);
    if (found == all.runs.end()) {
      problem = "no run is named '" + printable(options.base) + "'";
      return all;
    }
    all.base = static_cast<std::size_t>(found - all.runs.begin());
  }
  all.columns = columns_of(all.runs);
  find_bases(all.columns, all.base);
  fill_rows(all);
  for (auto& row : all.rows)
    judge_row(all.columns, row);
  return all;
}

std::string cell_text(const comparison_cell& cell) {
  if (cell.result == nullptr) return {};
  std::string text(to_word(cell.result->outcome));
  for (const auto& variant : cell.result->variants)
    text += " " + variant;
  return text;
}

std::string family_of(std::string_view scenario) {
  return std::string(scenario.substr(0, scenario.find('/')));
}

}  // namespace halley::reports
