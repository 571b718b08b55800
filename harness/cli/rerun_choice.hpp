#pragma once

#include "cli/run_options.hpp"
#include "scenario/scenario.hpp"

#include <set>
#include <string>
#include <vector>

namespace halley::cli {

/// What is played again of an earlier run.
struct rerun_choice {
  std::string parent;            ///< its id, for the report
  std::set<std::string> failed;  ///< instances that failed, erred or were another finding
  std::set<std::string> ended;   ///< instances with a verdict
  std::set<std::string> known;   ///< "scenario rev" of each scenario that it knows
  bool wants_failed = false;
  bool wants_missed = false;
  bool wants_new = false;
};

/// Reads `failed`, `missed`, `new`, or several with commas, and the run (a folder, a run.json).
/// Errors: `problem` is set.
rerun_choice read_rerun(const std::vector<std::string>& words, std::string& problem);

/// Whether `one` is played again: failed there, or without a verdict there (missed), or of a
/// scenario that it does not know in this rev (new).
bool is_rerun(const rerun_choice& choice, const scenario::instance& one);

}  // namespace halley::cli
