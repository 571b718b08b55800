#pragma once

#include "reports/comparison.hpp"
#include "reports/comparison_rollup.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace halley::reports {

/// What a report of a comparison shows: all of it, and of its rows those that were asked for.
struct comparison_view {
  const comparison& all;
  const rollup& sums;
  std::vector<const comparison_row*> rows;
  bool against_base = true;  ///< somebody asked for it: changes are told
};

/// Puts regressions first, then errors, and what got better last; otherwise the order stays.
void worst_first(comparison_view& view);

/// Instances of one scenario that look the same in every column.
struct folded_rows {
  std::vector<const comparison_row*> members;  ///< never empty
  std::size_t of = 0;                          ///< rows that the scenario has in the view
};

/// Rows that follow each other in the order of their scenarios, folded.
std::vector<folded_rows> fold(const std::vector<const comparison_row*>& rows);

/// For terminals: scores by family, counts of changes, then what is different. What comes from a
/// run is printable. Limits: `limit` blocks, then how many there are more.
std::string comparison_text(const comparison_view& view, std::size_t limit);

/// For people who read it in a browser: the same as tables. Limits: 900 kB.
std::string comparison_markdown(const comparison_view& view);

/// The table of columns and families alone, as Markdown; every column is a line.
std::string score_table_markdown(const comparison_view& view);

/// One line an instance, RFC 4180. A field that a spreadsheet would take for a formula (it begins
/// with = + - @ or a control character) has ' before it.
std::string comparison_csv(const comparison_view& view);

/// Schema compare/1: reports/schemas/compare.1.schema.json.
std::string comparison_json(const comparison_view& view);

/// One run of which each column is a target, for the writers of reports: the rows of the view,
/// scenarios as the first run that has them knows them. Steps and transcripts stay only of what
/// went wrong where the columns differ.
run_model joined_run(const comparison_view& view);

}  // namespace halley::reports
