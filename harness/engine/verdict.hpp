#pragma once

#include "scenario/scenario.hpp"
#include "trace/event.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::engine {

/// pass < info < warn < fail: it only gets worse. Outside that order stand skip and error.
enum class verdict { pass, info, warn, fail, skip, error };
std::string name(verdict one);

/// "MUST", "SHOULD", "MAY".
std::string name(scenario::level one);

/// A requirement that was found violated, with everything that shows it.
struct violation {
  std::string requirement;  ///< the scenario's own name for it, or a ledger id (passive checks)
  std::string ledger;
  std::string ref;
  scenario::level level = scenario::level::must;
  std::string says;
  std::string expected;
  std::string got;
  std::string message;
  bool passive = false;
  // Evidence.
  std::string conn;
  trace::direction dir = trace::direction::in;
  std::uint64_t off = 0;
  std::uint64_t len = 0;
  std::uint64_t seq = 0;
  int step = 0;  ///< running number of the step, 0 = none
  int line = 0;  ///< of the scenario file
};

/// How one instance ended.
struct instance_result {
  verdict is = verdict::pass;
  std::vector<std::string> variants;  ///< chosen, in order
  std::vector<violation> violations;
  std::string
      skip_reason;  ///< not-applicable, not-applicable-probed, blocked, disabled, unsupported-here
  std::string skip_from;    ///< who says so
  std::string error_cause;  ///< invalid-scenario, target-start, target-died, harness-bug, resource,
                            ///< interrupted, inconclusive
  std::string error_text;
  std::string observed;   ///< at most 40 characters: what a matrix cell shows
  std::string close_by;   ///< target, halley
  std::string close_how;  ///< fin, rst
  std::chrono::nanoseconds duration{0};
};

/// The verdict that `violations` add up to. A survey only records: info.
verdict judge(scenario::kind purpose, const std::vector<violation>& violations);

}  // namespace halley::engine
