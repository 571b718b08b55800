#pragma once

#include "cli/network_choice.hpp"
#include "scenario/scenario.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace halley::cli {

/// An instance that ended as fail, warn or error.
struct trial_failure {
  std::string instance;
  std::string scenario;
  std::string verdict;
  std::set<std::string> violated;  ///< requirements: ids of the ledger, or the scenario's own names
};

struct simulated_trial {
  std::uint64_t seed = 1;
  network_choice networks;
  std::set<std::string> mutants;  ///< of the reference gateway and client
};

/// Plays `instances` against a fresh reference gateway and client over a fresh simulated network
/// and keeps nothing but what failed. The same trial played by `halley run --sim` records
/// everything.
std::vector<trial_failure> play(const simulated_trial& how,
                                std::vector<scenario::instance> instances);

}  // namespace halley::cli
