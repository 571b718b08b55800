#include "cli/mutant_trial.hpp"

#include "base/printable.hpp"
#include "cli/mutant_names.hpp"
#include "cli/network_choice.hpp"
#include "cli/simulated_trial.hpp"
#include "reference-server/mutants.hpp"
#include "scenario/scenario.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <iterator>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

using nlohmann::json;

/// scenario → requirements violated, of the scenarios that failed
using failures = std::map<std::string, std::set<std::string>>;

/// Without a delay what several connections bring is there at once, with one it comes in the order
/// of the scenario: some deviations show in one of the two only.
failures play_mutants(const std::set<std::string>& mutants,
                      const std::vector<scenario::instance>& instances,
                      std::uint64_t seed) {
  failures all;
  for (const auto* network : {"none", "50ms"})
    for (auto& one : play({seed, *choose_network(network), mutants}, instances))
      all[one.scenario].merge(one.violated);
  return all;
}

bool names(const scenario::scenario& one, const std::string& mutant) {
  return std::ranges::find(one.mutants, mutant) != one.mutants.end();
}

/// Whether the mutant is one of what the scenario tests.
bool concerns(const std::string& mutant, const scenario::scenario& one) {
  return is_client_mutant(mutant) == (one.sut == scenario::role::client);
}

std::set<std::string> mutants_of(const mutant_question& asked) {
  if (!asked.mutants.empty()) return asked.mutants;
  std::set<std::string> all;
  for (const auto& one : gateway::all_mutants())
    if (!one.for_models() && (asked.whole_suite || asked.crossed)) all.emplace(one.name);
  for (const auto& one : asked.instances)
    all.insert(one.of->mutants.begin(), one.of->mutants.end());
  return all;
}

}  // namespace

mutant_findings try_mutants(const mutant_question& asked) {
  mutant_findings found;
  const auto mutants = mutants_of(asked);
  std::map<std::string, const scenario::scenario*> scenarios;
  for (const auto& one : asked.instances)
    scenarios.emplace(one.of->id, one.of.get());
  found.mutants = mutants.size();
  found.surveys = static_cast<std::size_t>(std::ranges::count_if(
      scenarios, [](const auto& one) { return one.second->purpose == scenario::kind::survey; }));
  found.scenarios = scenarios.size() - found.surveys;
  found.instances = asked.instances.size();
  for (const auto& [id, ignored] : play_mutants({}, asked.instances, asked.seed))
    found.broken.insert(id);

  std::set<std::string> sharp;
  for (const auto& mutant : mutants) {
    std::vector<scenario::instance> against;
    std::ranges::copy_if(asked.instances, std::back_inserter(against), [&](const auto& one) {
      return asked.crossed ? concerns(mutant, *one.of) : names(*one.of, mutant);
    });
    found.instances += against.size();
    auto caught = against.empty() ? failures{} : play_mutants({mutant}, against, asked.seed);
    for (const auto& [id, one] : scenarios)
      if (names(*one, mutant) && !caught.contains(id)) found.unkept[id].insert(mutant);
    for (const auto& [id, ignored] : caught)
      sharp.insert(id);
    if (caught.empty() && asked.whole_suite) found.survivors.insert(mutant);
    found.caught.emplace(mutant, std::move(caught));
  }
  for (const auto& [id, one] : scenarios)
    if (!sharp.contains(id) && one->purpose != scenario::kind::survey && asked.mutants.empty())
      found.blunt.insert(id);
  return found;
}

void print(const mutant_findings& found, std::ostream& out, bool all) {
  constexpr int column = 34;
  std::map<std::string, std::set<std::string>> by_scenario;
  for (const auto& [mutant, scenarios] : found.caught) {
    if (all) out << mutant << '\n';
    for (const auto& [id, requirements] : scenarios) {
      by_scenario[id].insert(mutant);
      if (!all) continue;
      out << "    " << std::left << std::setw(column) << id;
      for (const auto& one : requirements)
        out << ' ' << printable(one);
      out << '\n';
    }
  }
  if (all) out << '\n';
  for (const auto& [id, mutants] : by_scenario) {
    if (!all) break;
    out << std::left << std::setw(column) << id;
    for (const auto& one : mutants)
      out << ' ' << one;
    out << '\n';
  }
  if (all) out << '\n';
  for (const auto& one : found.broken)
    out << "FAIL " << one << " fails the gateway itself\n";
  for (const auto& [id, mutants] : found.unkept)
    for (const auto& one : mutants)
      out << "FAIL " << id << " names " << one << " and passes on it\n";
  for (const auto& one : found.survivors)
    out << "FAIL no scenario fails the mutant " << one << '\n';
  for (const auto& one : found.blunt)
    out << "FAIL no mutant fails the scenario " << one << '\n';
  out << found.mutants - found.survivors.size() << " of " << found.mutants << " mutants caught, "
      << found.scenarios - found.blunt.size() << " of " << found.scenarios
      << " scenarios catch one, " << found.surveys << " surveys judge nothing; " << found.instances
      << " instances played\n";
}

json to_json(const mutant_findings& found) {
  json result = {{"mutants", json::object()},    {"scenarios", json::object()},
                 {"survivors", found.survivors}, {"blunt", found.blunt},
                 {"broken", found.broken},       {"unkept", found.unkept}};
  for (const auto& [mutant, scenarios] : found.caught) {
    result["mutants"][mutant] = scenarios;
    for (const auto& [id, ignored] : scenarios)
      result["scenarios"][id].push_back(mutant);
  }
  return result;
}

}  // namespace halley::cli
