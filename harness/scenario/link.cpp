#include "scenario/link.hpp"

#include "base/suggestion.hpp"
#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/load.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::scenario {
namespace {

/// Calls `visit` with each list of steps that stands inside of `one`, those of a fragment excepted.
template <class Visit>
void inner_steps(step& one, const Visit& visit) {
  if (auto* expected = std::get_if<expect_step>(&one.verb)) {
    for (auto& variant : expected->one_of)
      visit(variant.then);
  } else if (auto* repeated = std::get_if<repeat_step>(&one.verb)) {
    visit(repeated->steps);
  } else if (auto* lanes = std::get_if<parallel_step>(&one.verb)) {
    for (auto& lane : lanes->lanes)
      visit(lane.second);
  }
}

std::size_t count_steps(std::vector<step>& all) {
  std::size_t count = all.size();
  for (auto& one : all) {
    inner_steps(one, [&count](auto& inner) { count += count_steps(inner); });
    if (auto* used = std::get_if<use_step>(&one.verb)) count += count_steps(used->steps);
  }
  return count;
}

/// Steps of a fragment that name no actor or connection are about those of the step that uses it.
void hand_down(const step& from, std::vector<step>& to) {
  for (auto& one : to) {
    if (one.as.empty()) {
      one.as = from.as;
      if (one.conn.empty()) one.conn = from.conn;
    }
    inner_steps(one, [&from](auto& inner) { hand_down(from, inner); });
    if (auto* used = std::get_if<use_step>(&one.verb)) hand_down(from, used->steps);
  }
}

bool same(const reference& a, const reference& b) {
  return a.kind == b.kind && a.name == b.name && a.at.line == b.at.line &&
         a.at.column == b.at.column;
}

/// Adds `from`, as if it stood at `at`.
void add_at(const std::vector<reference>& from, const location& at, std::vector<reference>& to) {
  for (auto one : from) {
    if (one.kind == name_kind::fragment) continue;  // looked up where it is written
    one.at = at;
    const bool known = std::ranges::any_of(to, [&one](const auto& old) { return same(old, one); });
    if (!known) to.push_back(std::move(one));
  }
}

void add_problem(const location& at, std::string text, std::vector<problem>& problems) {
  problems.push_back({at, std::move(text), {}});
}

/// The names of one kind that a file defines.
std::vector<std::string> defined(const decoding& names, name_kind kind) {
  std::vector<std::string> result;
  for (const auto& one : names.definitions)
    if (one.kind == kind) result.push_back(one.name);
  return result;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

struct lookup {
  name_kind kind;
  std::string before;  ///< of the name, in the message
  std::string after;
  std::vector<std::string> known;
};

/// Takes level and words of `one` from the ledger.
bool take_from_ledger(requirement& one, const std::vector<ledger_entry>& entries) {
  const auto found = std::ranges::find(entries, one.ledger, &ledger_entry::id);
  if (found == entries.end()) return false;
  one.ref = found->ref;
  one.weight = found->weight;
  one.says = found->says;
  one.basis = found->basis;
  return true;
}

}  // namespace

void fragment_library::add(fragment_source one, std::vector<problem>& problems) {
  const auto id = one.content.id;
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    entries_[id].source = std::move(one);
    return;
  }
  const auto& first = found->second.source.at;
  add_problem(one.at, "fragment '" + id + "' is already in " + *first.file, problems);
}

std::vector<std::string> fragment_library::ids() const {
  std::vector<std::string> result;
  result.reserve(entries_.size());
  for (const auto& entry : entries_)
    result.push_back(entry.first);
  return result;
}

void fragment_library::resolve(std::vector<problem>& problems) {
  const auto known = ids();
  for (auto& [id, one] : entries_) {
    for (const auto& use : one.source.uses)
      if (use.kind == name_kind::fragment && !has(known, use.name))
        add_problem(use.at, "unknown fragment '" + use.name + "'" + did_you_mean(use.name, known),
                    problems);
    resolve_one(one, problems);
  }
}

void fragment_library::resolve_one(entry& one, std::vector<problem>& problems) {
  if (one.now == state::done) return;
  one.now = state::open;
  const auto uses = one.source.uses;
  for (const auto& use : uses) {
    if (use.kind != name_kind::fragment) continue;
    const auto found = entries_.find(use.name);
    if (found == entries_.end()) continue;
    if (found->second.now == state::open) {
      add_problem(use.at, "fragment '" + use.name + "' uses itself", problems);
    } else {
      resolve_one(found->second, problems);
    }
  }
  decoding names;
  expand(one.source.content.steps, names);
  one.source.uses.insert(one.source.uses.end(), names.uses.begin(), names.uses.end());
  one.source.definitions.insert(one.source.definitions.end(), names.definitions.begin(),
                                names.definitions.end());
  problems.insert(problems.end(), names.problems.begin(), names.problems.end());
  one.steps = count_steps(one.source.content.steps);
  one.now = state::done;
}

void fragment_library::fill(use_step& used, const location& at, decoding& names) const {
  const auto found = entries_.find(used.fragment);
  if (found == entries_.end() || found->second.now != state::done) return;
  const auto& source = found->second.source;
  used.steps = source.content.steps;
  for (const auto& one : source.content.defaults) {
    const auto given = std::ranges::find(used.with, one.first, &named_value::first);
    if (given == used.with.end()) used.with.push_back(one);
  }
  add_at(source.uses, at, names.uses);
  add_at(source.definitions, at, names.definitions);
}

void fragment_library::expand(std::vector<step>& into, decoding& names) const {
  std::size_t total = 0;
  const auto visit = [&](auto& self, std::vector<step>& all) -> void {
    for (auto& one : all) {
      inner_steps(one, [&self](auto& inner) { self(self, inner); });
      auto* used = std::get_if<use_step>(&one.verb);
      if (used == nullptr) continue;
      const auto found = entries_.find(used->fragment);
      if (found != entries_.end()) total += found->second.steps;
      if (total <= most_steps) {
        fill(*used, one.at, names);
        hand_down(one, used->steps);
      } else {
        names.error(one.at, "with its fragments this has more than " + std::to_string(most_steps) +
                                " steps");
      }
    }
  };
  visit(visit, into);
}

void check_names(scenario& one,
                 const std::vector<ledger_entry>& entries,
                 const std::vector<std::string>& all_fragments,
                 decoding& names) {
  std::vector<std::string> ledger_ids;
  ledger_ids.reserve(entries.size());
  for (const auto& entry : entries)
    ledger_ids.push_back(entry.id);
  auto actors = defined(names, name_kind::actor);
  if (actors.empty()) actors.emplace_back("client");
  actors.emplace_back("sut");
  const std::vector<lookup> lookups = {
      {name_kind::requirement, "requirement", "is not declared",
       defined(names, name_kind::requirement)},
      {name_kind::ledger, "requirement", "is not in the ledger", ledger_ids},
      {name_kind::mark, "mark", "is never set", defined(names, name_kind::mark)},
      {name_kind::signal, "signal", "is never notified", defined(names, name_kind::signal)},
      {name_kind::actor, "actor", "is not declared", actors},
      {name_kind::fragment, "fragment", "does not exist", all_fragments}};
  const auto uses = names.uses;
  for (const auto& use : uses)
    for (const auto& table : lookups)
      if (use.kind == table.kind && !has(table.known, use.name))
        names.error(use.at, table.before + " '" + use.name + "' " + table.after +
                                did_you_mean(use.name, table.known));
  for (const auto& definition : names.definitions)
    if (definition.kind == name_kind::actor && definition.name == "sut")
      names.problems.push_back({definition.at, "'sut' is the target itself, no actor of ours", {}});
  for (auto& declared : one.requirements)
    if (!declared.ledger.empty()) take_from_ledger(declared, entries);
}

void check_used(const scenario& one, decoding& names) {
  for (const auto& declared : one.requirements) {
    const bool used = std::ranges::any_of(names.uses, [&declared](const auto& use) {
      return use.kind == name_kind::requirement && use.name == declared.name;
    });
    if (!used) names.error(declared.at, "'" + declared.name + "' is never used");
  }
}

void check_after(const std::vector<reference>& uses,
                 const std::vector<std::string>& ids,
                 std::vector<problem>& problems) {
  for (const auto& use : uses)
    if (use.kind == name_kind::scenario && !has(ids, use.name))
      add_problem(use.at,
                  "scenario '" + use.name + "' does not exist" + did_you_mean(use.name, ids),
                  problems);
}

}  // namespace halley::scenario
