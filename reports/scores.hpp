#pragma once

#include "reports/run_model.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace halley::reports {

/// Verdicts of the results that count (the last attempt of each), of one target or, where `target`
/// is empty, of all.
verdict_counts count_verdicts(const run_model& model, const std::string& target = {});

/// The numbers of the closing line.
struct closing_counts {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::uint64_t skipped = 0;
  std::uint64_t known = 0;  ///< of a baseline
  std::uint64_t errors = 0;
  bool operator==(const closing_counts&) const = default;
};

/// passed = pass, info, warn; failed = fail, a flaky pass unless allowed, and warn under `strict`;
/// skipped = skip. With a baseline also failed = passed although or failed otherwise than known;
/// known = failed as known.
closing_counts count_closing(const run_model& model, bool strict);

/// "N passed, N failed, N skipped", plus ", N known" and ", N errors" where there are any.
std::string closing_line(const run_model& model, bool strict);

/// Requirements of one level: how many were put to the test, how many held in every instance.
struct level_score {
  std::uint64_t held = 0;
  std::uint64_t tested = 0;
  bool operator==(const level_score&) const = default;
};

/// A requirement that at least one counting result violated.
struct violated_requirement {
  requirement_record what;
  std::uint64_t instances = 0;
};

struct target_score {
  std::string target;
  level_score must;
  level_score should;
  level_score may;
  std::uint64_t surveys = 0;  ///< results of surveys: observed, not judged
  verdict_counts verdicts;
  double duration_ms = 0;                      ///< from its first instance to the end of its last
  std::vector<violated_requirement> violated;  ///< MUST first, then in order of first violation
};

/// One entry per target, in the order of the log. A requirement that several scenarios take from
/// the ledger counts once.
std::vector<target_score> score_targets(const run_model& model);

/// Skips with the same reason and origin.
struct skip_group {
  std::string reason;
  std::string from;
  std::uint64_t instances = 0;
};

/// The largest group first. `filtered` is left out: the user asked for it.
std::vector<skip_group> group_skips(const run_model& model);

/// The exit code of a run: 130 where the user interrupted it, else by precedence 5 (internal bug) >
/// 2 (invalid file) > 1 (conformance finding) > 3 (infrastructure) > 4 (nothing ran) > 0, so that a
/// definite finding is not hidden by an infrastructure error.
int exit_code(const run_model& model, bool strict);

}  // namespace halley::reports
