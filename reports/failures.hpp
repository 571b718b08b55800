#pragma once

#include "reports/run_model.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace halley::reports {

/// Results of one scenario against one target that failed in the same way: same verdict, variants,
/// violated requirements and line. Indices point into run_model::results.
struct failure_group {
  std::vector<std::size_t> members;  ///< never empty, in the order of the log
  std::size_t played = 0;  ///< instances of the scenario that were judged against this target
};

/// Groups of results whose verdict is `of`, in the order of their first member; superseded attempts
/// are left out.
std::vector<failure_group> group_results(const run_model& model, verdict of);

/// One parameter and the values that it takes.
struct condition {
  std::string name;
  std::vector<std::string> values;
  bool operator==(const condition&) const = default;
};

/// A point of a matrix and whether it belongs to the failures in question.
struct matrix_point {
  std::vector<std::pair<std::string, std::string>> params;
  bool failed = false;
};

/// The fewest conditions that hold for every failed point and for no other one; of equally many,
/// those with the fewest values, then the earlier parameters. Empty where no set of conditions
/// separates the two (or every point failed).
std::vector<condition> smallest_combination(const std::vector<matrix_point>& points);

/// "fails for opcode=ping (4 of 33); all others pass": what a group has in common. Empty for a
/// scenario of one instance.
std::string describe_group(const run_model& model, const failure_group& group);

}  // namespace halley::reports
