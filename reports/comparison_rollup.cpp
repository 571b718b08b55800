#include "reports/comparison_rollup.hpp"

#include "reports/comparison.hpp"
#include "reports/run_model.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

/// What became of one requirement in one column.
struct outcome {
  bool tested = false;
  bool violated = false;
};

/// The requirements of one group, and instances.
struct group {
  std::string level;
  std::string says;
  std::vector<std::map<std::string, outcome>> requirements;  ///< by column
  std::vector<std::uint64_t> failed;
  std::vector<std::uint64_t> played;
};

using groups = std::map<std::string, group>;

std::string_view key_of(const requirement_record& one) {
  return one.ledger.empty() ? one.id : one.ledger;
}

/// Passive requirements by name: a list that may be long is looked through once.
using passive_index = std::map<std::string_view, const requirement_record*>;

passive_index index_of(const run_model& run) {
  passive_index result;
  for (const auto& one : run.passive_requirements)
    result.emplace(one.name, &one);
  return result;
}

const requirement_record* find(const comparison_cell& cell,
                               const passive_index& passive,
                               std::string_view name) {
  if (cell.scenario != nullptr)
    for (const auto& one : cell.scenario->requirements)
      if (one.name == name || (!one.ledger.empty() && one.ledger == name)) return &one;
  const auto found = passive.find(name);
  return found == passive.end() ? nullptr : found->second;
}

class counter {
public:
  explicit counter(std::size_t columns) : columns_(columns) {}

  void add(const comparison_row& row, std::size_t column, const passive_index& passive) {
    const auto& cell = row.cells[column];
    const auto& result = *cell.result;
    std::set<std::string_view> violated;
    std::map<std::string_view, const requirement_record*> all;
    if (cell.scenario != nullptr)
      for (const auto& one : cell.scenario->requirements)
        all.emplace(key_of(one), &one);
    for (const auto& name : result.violates)
      if (const auto* const one = find(cell, passive, name)) {
        all.emplace(key_of(*one), one);
        violated.insert(key_of(*one));
      }
    std::set<std::string> sections;
    const auto family = family_of(row.scenario);
    for (const auto& [key, one] : all) {
      const bool bad = violated.contains(key);
      for (auto* const into : {&of(families_, ""), &of(families_, family), &of(sections_, one->ref),
                               &of(requirements_, std::string(key))})
        note(*into, column, *one, bad);
      auto& own = of(requirements_, std::string(key));
      own.level = one->level;
      own.says = one->says;
      count(own, column, bad);
      if (sections.insert(one->ref).second) count(of(sections_, one->ref), column, bad);
    }
    const bool failed = result.outcome == verdict::fail;
    count(of(families_, ""), column, failed);
    count(of(families_, family), column, failed);
  }

  rollup take() {
    rollup result;
    result.families = rows_of(families_);
    result.sections = rows_of(sections_);
    result.requirements = rows_of(requirements_);
    std::erase_if(result.sections, [](const rollup_row& row) { return row.key.empty(); });
    return result;
  }

private:
  group& of(groups& among, const std::string& key) {
    auto& one = among[key];
    if (one.requirements.empty()) {
      one.requirements.resize(columns_);
      one.failed.resize(columns_);
      one.played.resize(columns_);
    }
    return one;
  }

  static void note(group& into, std::size_t column, const requirement_record& one, bool bad) {
    if (one.level != "MUST" && one.level != "SHOULD") return;
    auto& seen = into.requirements[column][one.level + std::string(key_of(one))];
    seen.tested = true;
    seen.violated = seen.violated || bad;
  }

  static void count(group& into, std::size_t column, bool failed) {
    ++into.played[column];
    if (failed) ++into.failed[column];
  }

  static std::vector<rollup_row> rows_of(const groups& from) {
    std::vector<rollup_row> rows;
    for (const auto& [key, one] : from) {
      rollup_row row{key, one.level, one.says, {}, false};
      std::set<std::pair<bool, bool>> ends;
      for (std::size_t i = 0; i < one.requirements.size(); ++i) {
        rollup_cell cell;
        for (const auto& [name, seen] : one.requirements[i]) {
          const bool must = name.starts_with("MUST");
          ++(must ? cell.must_tested : cell.should_tested);
          if (!seen.violated) ++(must ? cell.must_held : cell.should_held);
        }
        cell.failed = one.failed[i];
        cell.played = one.played[i];
        if (cell.played != 0)
          ends.emplace(cell.must_held == cell.must_tested && cell.should_held == cell.should_tested,
                       cell.failed == 0);
        row.cells.push_back(cell);
      }
      row.different = ends.size() > 1;
      rows.push_back(std::move(row));
    }
    return rows;
  }

  std::size_t columns_;
  groups families_;
  groups sections_;
  groups requirements_;
};

}  // namespace

rollup roll_up(const comparison& all) {
  counter counted(all.columns.size());
  std::vector<passive_index> passive;
  passive.reserve(all.runs.size());
  for (const auto& one : all.runs)
    passive.push_back(index_of(one.run));
  for (const auto& row : all.rows)
    for (std::size_t i = 0; i < all.columns.size(); ++i) {
      const auto* const result = row.cells[i].result;
      if (result == nullptr || result->outcome == verdict::skip ||
          result->outcome == verdict::error)
        continue;
      counted.add(row, i, passive[all.columns[i].run]);
    }
  return counted.take();
}

}  // namespace halley::reports
