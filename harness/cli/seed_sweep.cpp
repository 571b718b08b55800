#include "cli/seed_sweep.hpp"

#include "base/printable.hpp"
#include "base/random.hpp"
#include "cli/network_choice.hpp"
#include "cli/run_options.hpp"
#include "cli/simulated_trial.hpp"
#include "cli/subcommand.hpp"
#include "scenario/scenario.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

constexpr int finding = 1;
constexpr int nothing_ran = 4;

bool counts(const trial_failure& one, bool strict) {
  return one.verdict != "warn" || strict;
}

/// Of each scenario one instance: which, the seed says. Instances of a scenario stand together.
std::vector<scenario::instance> drawn(const std::vector<scenario::instance>& from,
                                      std::uint64_t seed) {
  std::vector<scenario::instance> result;
  for (auto first = from.begin(); first != from.end();) {
    const auto last = std::find_if(
        first, from.end(), [&](const auto& other) { return other.of->id != first->of->id; });
    auto dice = random_source::named(seed, first->of->id);
    const auto count = static_cast<std::uint64_t>(last - first);
    result.push_back(first[static_cast<std::ptrdiff_t>(dice.below(count))]);
    first = last;
  }
  return result;
}

/// The command that plays the failure again and records it.
std::string again(const run_options& options, std::uint64_t seed, const std::string& what) {
  std::string result = "halley run --sim --network " + options.network + " --strength " +
                       options.strength + " --seed " + std::to_string(seed);
  for (const auto& mutant : options.mutants)
    result += " --mutant " + mutant;
  return result + " '" + printable(what) + "'";
}

}  // namespace

int sweep_seeds(const run_options& options,
                const std::vector<scenario::instance>& instances,
                const command_context& context) {
  if (instances.empty()) {
    context.err << "nothing to play\n";
    return nothing_ran;
  }
  const std::set<std::string> mutants(options.mutants.begin(), options.mutants.end());
  const std::uint64_t first = std::stoull(options.seed);
  // What varies neither the network nor the segments is the same with every seed.
  std::vector<scenario::instance> varied;
  std::ranges::copy_if(instances, std::back_inserter(varied), [](const auto& one) {
    return one.of->vary_network || one.of->vary_segmentation;
  });
  std::size_t bad_seeds = 0;
  for (std::uint64_t seed = first; seed < first + options.seeds; ++seed) {
    bool bad = false;
    const auto& choice = seed == first ? instances : varied;
    const auto played = options.draw ? drawn(choice, seed) : choice;
    for (const auto& one : play({seed, *choose_network(options.network), mutants}, played)) {
      if (!counts(one, options.strict)) continue;
      bad = true;
      context.out << one.verdict << ' ' << printable(one.instance);
      for (const auto& requirement : one.violated)
        context.out << ' ' << printable(requirement);
      context.out << "\n    " << again(options, seed, one.instance) << std::endl;
    }
    bad_seeds += bad ? 1 : 0;
    if (bad && options.first_failure) break;
  }
  context.out << options.seeds << " seeds from " << first << ", " << instances.size()
              << " instances, of which " << varied.size() << " vary: " << bad_seeds
              << " seeds failed\n";
  return bad_seeds == 0 ? exit_status::ok : finding;
}

}  // namespace halley::cli
