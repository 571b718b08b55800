#pragma once

#include "reports/run_model.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halley::reports {

/// A run and the name by which people know it: a folder, a branch.
struct named_run {
  std::string name;
  run_model run;
};

/// What became of an instance, held against the base. Errors and skips are no verdicts: what was
/// judged and is not any more is said, and is neither better nor worse.
enum class change {
  same,
  new_fail,         ///< a fail, and the base did not fail
  new_warn,         ///< a warn, and the base neither failed nor warned
  fixed,            ///< better than the base
  changed_variant,  ///< as good, in another way
  flaky,            ///< in one of both it passed only when it was played again
  new_error,        ///< an error, and the base was judged
  not_judged,       ///< skipped, and the base was judged
  judged,           ///< the base was skipped or an error
  other_rev,        ///< the scenario means something else now; never a regression
  only_here,
  only_in_base,
  absent  ///< in neither
};
inline constexpr std::size_t change_count = 13;

/// "new-fail", "changed-variant", …
std::string_view to_word(change of);
/// Returns: nothing where `word` is none.
std::optional<change> change_from(std::string_view word);

/// One target of one run.
struct comparison_column {
  std::string label;  ///< the target; where several columns have it, "target@run"
  std::size_t run = 0;
  std::string target;
  std::string version;
  std::optional<std::size_t> base;  ///< the column it is held against; nothing: it is a base
};

/// What one column says of one instance.
struct comparison_cell {
  const instance_result* result = nullptr;  ///< null: it was not selected there
  const scenario_record* scenario = nullptr;
  change is = change::absent;
};

/// One instance over all columns.
struct comparison_row {
  std::string instance;
  std::string scenario;
  std::string title;
  std::string level;  ///< the gravest that it is about
  std::vector<comparison_cell> cells;
  bool different = false;  ///< columns that judged it came to different ends
};

struct comparison_options {
  std::string base;     ///< the name of a run; empty: the first
  bool strict = false;  ///< a warn counts as a fail
};

/// Runs side by side. Rows point into `runs`, so it is moved and never copied.
struct comparison {
  comparison() = default;
  comparison(const comparison&) = delete;
  comparison(comparison&&) = default;
  comparison& operator=(const comparison&) = delete;
  comparison& operator=(comparison&&) = default;

  std::vector<named_run> runs;
  std::vector<comparison_column> columns;
  std::vector<comparison_row> rows;  ///< in the order of the runs
  std::size_t base = 0;              ///< the run
  bool strict = false;

  /// Cells of each change, over the columns that have a base.
  std::size_t count(change of) const;
  /// new_fail, and new_warn where the comparison is strict.
  bool regressed(const comparison_cell& cell) const;
  std::size_t regressions() const;
};

/// Puts `runs` side by side, in their order. A target of a run is held against the same target of
/// the base run, or its only one against the base run's only one. The targets of a run that stands
/// alone are held against its first.
/// Errors: `problem` is set where there is no run, or none has the name of the base.
comparison compare_runs(std::vector<named_run> runs,
                        const comparison_options& options,
                        std::string& problem);

/// "fail ignored": verdict and variants, as a cell shows it; "" where there is no result.
std::string cell_text(const comparison_cell& cell);

/// "ws" of "ws/frame/unmasked".
std::string family_of(std::string_view scenario);

}  // namespace halley::reports
