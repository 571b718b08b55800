#pragma once

#include "checks/finding.hpp"
#include "trace/event.hpp"

#include <functional>
#include <string>
#include <vector>

namespace halley::checks {

/// A passive check: a pure function of one connection's events, in order. Judges only direction::in
/// (what the target sent).
struct check {
  std::string name;  ///< "http1-syntax"
  std::vector<rule> rules;
  std::function<std::vector<finding>(const std::vector<trace::event>& connection, const context&)>
      run;
};

/// Every passive check there is: the explicit list.
const std::vector<check>& all_checks();

/// Runs all checks over the events of one connection.
std::vector<finding> judge(const std::vector<trace::event>& connection, const context& about);

}  // namespace halley::checks
