#pragma once

#include "scenario/scenario.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace halley::cli {

/// What a trial of mutants asks.
struct mutant_question {
  std::vector<scenario::instance> instances;
  std::set<std::string> mutants;  ///< to try; all when empty
  bool crossed = false;     ///< every scenario against every mutant, not only those that name it
  bool whole_suite = true;  ///< then a mutant that nobody catches is a finding
  std::uint64_t seed = 1;
};

/// Which scenario fails which mutant.
struct mutant_findings {
  /// mutant → scenario → the requirements that it violates there
  std::map<std::string, std::map<std::string, std::set<std::string>>> caught;
  /// scenario → the mutants that it names and does not fail
  std::map<std::string, std::set<std::string>> unkept;
  std::set<std::string> survivors;  ///< mutants that nothing fails
  std::set<std::string> blunt;      ///< scenarios that fail no mutant
  std::set<std::string> broken;     ///< scenarios that the gateway itself fails
  std::size_t mutants = 0;
  std::size_t scenarios = 0;  ///< without the surveys, which judge nothing
  std::size_t surveys = 0;
  std::size_t instances = 0;  ///< played in all

  bool good() const {
    return unkept.empty() && survivors.empty() && blunt.empty() && broken.empty();
  }
};

/// Plays the gateway and the reference client, then each mutant of one of them, in simulation. A
/// scenario fails a mutant where one of its instances ends as fail or warn.
mutant_findings try_mutants(const mutant_question& asked);

/// Per mutant the scenarios and requirements that caught it, per scenario the mutants it fails, and
/// what is missing.
void print(const mutant_findings& found, std::ostream& out, bool all);
nlohmann::json to_json(const mutant_findings& found);

}  // namespace halley::cli
