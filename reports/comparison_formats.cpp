#include "reports/comparison_formats.hpp"

#include "base/printable.hpp"
#include "reports/comparison.hpp"
#include "reports/comparison_rollup.hpp"
#include "reports/run_model.hpp"
#include "reports/text_safety.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

constexpr std::size_t markdown_limit = std::size_t{900} * 1024;
constexpr std::size_t name_limit = 80;
/// The worst first; same, absent, only-in-base are no news to read about one by one.
constexpr std::array<change, 10> news = {
    change::new_fail,  change::new_error,       change::new_warn, change::flaky,
    change::other_rev, change::changed_variant, change::fixed,    change::not_judged,
    change::judged,    change::only_here};

std::string share(std::uint64_t held, std::uint64_t tested) {
  return tested == 0 ? "–" : std::to_string(held) + "/" + std::to_string(tested);
}

std::string shown(std::string_view text) {
  return printable(text, name_limit);
}

/// A table of words, each column as wide as its widest cell.
std::string aligned(const std::vector<std::vector<std::string>>& table) {
  std::vector<std::size_t> widths;
  for (const auto& row : table)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], columns(row[i]));
    }
  std::string text;
  for (const auto& row : table) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += (i == 0 ? "" : "  ") + padded(row[i], widths[i]);
    while (line.ends_with(' '))
      line.pop_back();
    text += line + "\n";
  }
  return text;
}

/// Columns down, families across: MUST that were held of those that were tested.
std::vector<std::vector<std::string>> score_rows(const comparison_view& view) {
  std::vector<std::string> head = {"", "MUST", "SHOULD"};
  for (const auto& family : view.sums.families)
    if (!family.key.empty()) head.push_back(shown(family.key));
  std::vector<std::vector<std::string>> table = {head};
  for (std::size_t i = 0; i < view.all.columns.size(); ++i) {
    std::vector<std::string> line = {shown(view.all.columns[i].label), "–", "–"};
    for (const auto& family : view.sums.families) {
      const auto& cell = family.cells[i];
      if (family.key.empty()) {
        line[1] = share(cell.must_held, cell.must_tested);
        line[2] = share(cell.should_held, cell.should_tested);
      } else {
        line.push_back(share(cell.must_held, cell.must_tested));
      }
    }
    table.push_back(std::move(line));
  }
  return table;
}

/// What one folded row says, columns of the same end together: "fail ignored" → labels.
std::vector<std::pair<std::string, std::vector<std::string>>> ends_of(const comparison& all,
                                                                      const comparison_row& row) {
  std::vector<std::pair<std::string, std::vector<std::string>>> ends;
  for (std::size_t i = 0; i < all.columns.size(); ++i) {
    const auto& cell = row.cells[i];
    if (cell.result == nullptr || cell.result->outcome == verdict::skip) continue;
    auto text = cell_text(cell);
    if (cell.result->status == "flaky") text += " (flaky)";
    const auto found = std::ranges::find(ends, text, [](const auto& one) { return one.first; });
    auto& into = found == ends.end() ? ends.emplace_back(text, std::vector<std::string>()) : *found;
    into.second.push_back(all.columns[i].label);
  }
  return ends;
}

/// "new-fail, fixed": what became of it in the columns that have a base.
std::string changes_of(const comparison_view& view, const comparison_row& row) {
  std::string text;
  if (!view.against_base) return text;
  const auto& all = view.all;
  for (const auto one : news)
    for (std::size_t i = 0; i < all.columns.size(); ++i)
      if (all.columns[i].base && row.cells[i].is == one) {
        text += (text.empty() ? "" : ", ") + std::string(to_word(one));
        break;
      }
  return text;
}

std::string heading_of(const folded_rows& fold) {
  const auto& row = *fold.members.front();
  if (fold.of == 1) return row.instance;
  if (fold.members.size() == 1) return row.instance;
  return row.scenario + " " + std::to_string(fold.members.size()) + "/" + std::to_string(fold.of);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : ", ") + shown(word);
  return text;
}

std::string counts_line(const comparison& all) {
  std::string text;
  for (const auto one : news)
    if (const auto count = all.count(one); count != 0)
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(to_word(one));
  if (const auto count = all.count(change::only_in_base); count != 0)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " only-in-base";
  return text.empty() ? "no changes" : text;
}

std::string base_label(const comparison& all) {
  return all.runs.empty() ? std::string() : all.runs[all.base].name;
}

std::string incomplete_note(const comparison& all) {
  std::string text;
  for (const auto& one : all.runs)
    if (!one.run.complete) text += "incomplete: " + shown(one.name) + " ended before its end\n";
  return text;
}

}  // namespace

void worst_first(comparison_view& view) {
  const auto rank = [&](const comparison_row* row) {
    std::size_t worst = news.size();
    for (std::size_t i = 0; i < view.all.columns.size(); ++i)
      if (view.all.columns[i].base) {
        const auto* const found = std::ranges::find(news, row->cells[i].is);
        worst = std::min(worst, static_cast<std::size_t>(found - news.begin()));
      }
    return worst;
  };
  std::array<std::vector<const comparison_row*>, news.size() + 1> by_rank;
  for (const auto* const row : view.rows)
    by_rank.at(rank(row)).push_back(row);
  view.rows.clear();
  for (const auto& rows : by_rank)
    view.rows.insert(view.rows.end(), rows.begin(), rows.end());
}

std::vector<folded_rows> fold(const std::vector<const comparison_row*>& rows) {
  std::vector<folded_rows> result;
  std::map<std::string_view, std::size_t> of;
  for (const auto* const row : rows)
    ++of[row->scenario];
  std::map<std::string, std::size_t> places;
  for (const auto* const row : rows) {
    auto key = row->scenario + '\n';
    for (const auto& cell : row->cells)
      key += cell_text(cell) + '\t' + std::string(to_word(cell.is)) + '\n';
    const auto [place, fresh] = places.emplace(std::move(key), result.size());
    if (fresh) result.push_back({{}, of.at(row->scenario)});
    result[place->second].members.push_back(row);
  }
  return result;
}

std::string comparison_text(const comparison_view& view, std::size_t limit) {
  std::string text = aligned(score_rows(view)) + "\n" + incomplete_note(view.all);
  const auto folded = fold(view.rows);
  std::size_t number = 0;
  for (const auto& one : folded) {
    if (++number > limit) {
      text += "and " + std::to_string(folded.size() - limit) +
              " more; --only narrows, --format csv has all\n\n";
      break;
    }
    const auto& row = *one.members.front();
    const auto changes = changes_of(view, row);
    text += printable(heading_of(one), 400) +
            (row.level.empty() ? "" : "     " + shown(row.level)) +
            (changes.empty() ? "" : "     " + changes) + "\n";
    for (const auto& [end, labels] : ends_of(view.all, row))
      text += "  " + padded(shown(end), 24) + "  " + joined(labels) + "\n";
    text += "\n";
  }
  const auto different = std::ranges::count_if(view.all.rows, &comparison_row::different);
  text += std::to_string(view.all.rows.size()) + " instances, " + std::to_string(different) +
          " differ\n";
  if (!view.against_base) return text;
  return text + "against " + shown(base_label(view.all)) + ": " + counts_line(view.all) + "\n";
}

std::string score_table_markdown(const comparison_view& view) {
  std::string text;
  const auto table = score_rows(view);
  for (std::size_t i = 0; i < table.size(); ++i) {
    text += "|";
    for (const auto& cell : table[i])
      text += " " + (cell.empty() ? "" : markdown_text(cell, name_limit)) + " |";
    text += "\n";
    if (i != 0) continue;
    text += "| --- |";
    for (std::size_t column = 1; column < table[i].size(); ++column)
      text += " ---: |";
    text += "\n";
  }
  return text;
}

std::string comparison_markdown(const comparison_view& view) {
  std::string text = "## Halley: " + std::to_string(view.all.columns.size()) + " compared\n\n";
  if (view.against_base)
    text +=
        "Against " + markdown_text(base_label(view.all)) + ": " + counts_line(view.all) + "\n\n";
  if (const auto note = incomplete_note(view.all); !note.empty())
    text += "**" + markdown_text(note) + "**\n\n";
  text += score_table_markdown(view) + "\n| what | level | change | |\n| --- | --- | --- | --- |\n";
  const auto folded = fold(view.rows);
  std::size_t left_out = 0;
  for (const auto& one : folded) {
    const auto& row = *one.members.front();
    std::string line = "| " + markdown_text(heading_of(one)) + " | " + markdown_text(row.level) +
                       " | " + changes_of(view, row) + " |";
    for (const auto& [end, labels] : ends_of(view.all, row)) {
      line += " **" + markdown_text(end, name_limit) + "**";
      for (const auto& label : labels)
        line += " " + markdown_text(label, name_limit) + (&label == &labels.back() ? ";" : ",");
    }
    line += " |\n";
    if (text.size() + line.size() > markdown_limit) {
      ++left_out;
    } else {
      text += line;
    }
  }
  if (left_out != 0) text += "\n" + std::to_string(left_out) + " more\n";
  return text;
}

run_model joined_run(const comparison_view& view) {
  const auto& all = view.all;
  run_model joined;
  joined.id = "compare";
  joined.complete = true;
  joined.strict = all.strict;
  std::map<std::string_view, bool> declared;
  std::map<std::string_view, bool> passive;
  for (const auto& one : all.runs) {
    if (joined.started.empty() || one.run.started < joined.started)
      joined.started = one.run.started;
    joined.ended = std::max(joined.ended, one.run.ended);
    joined.complete = joined.complete && one.run.complete;
    joined.interrupted = joined.interrupted || one.run.interrupted;
    joined.merged.push_back(one.run.id);
    if (joined.strength.empty()) joined.strength = one.run.strength;
    for (const auto& scenario : one.run.scenarios)
      if (declared.emplace(scenario.id, true).second) joined.scenarios.push_back(scenario);
    for (const auto& requirement : one.run.passive_requirements)
      if (passive.emplace(requirement.id, true).second)
        joined.passive_requirements.push_back(requirement);
  }
  for (const auto& column : all.columns) {
    const auto* const known = all.runs[column.run].run.find_target(column.target);
    auto target = known == nullptr ? target_record() : *known;
    target.name = column.label;
    target.log.clear();
    joined.targets.push_back(std::move(target));
  }
  for (std::size_t i = 0; i < all.columns.size(); ++i)
    for (const auto* const row : view.rows) {
      const auto* const from = row->cells[i].result;
      if (from == nullptr) continue;
      auto one = *from;
      one.target = all.columns[i].label;
      one.id = one.instance + "@" + one.target + "#" + std::to_string(one.attempt);
      one.known.reset();
      // Twenty columns of what was merely observed are more than a browser likes.
      const bool wrong = one.outcome == verdict::fail || one.outcome == verdict::warn ||
                         one.outcome == verdict::error;
      if (!row->different || !wrong) {
        one.steps.clear();
        one.events.events.clear();
      }
      joined.results.push_back(std::move(one));
    }
  return joined;
}

}  // namespace halley::reports
