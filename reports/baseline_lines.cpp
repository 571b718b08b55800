#include "reports/baseline_lines.hpp"

#include "base/printable.hpp"
#include "reports/run_model.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool blank_or_comment(std::string_view line) {
  const auto at = line.find_first_not_of(" \t");
  return at == std::string_view::npos || line[at] == '#';
}

/// The key that begins at `line`, behind a dash where there is one; empty where there is none.
std::string_view key_of(std::string_view line) {
  line.remove_prefix(indent_of(line));
  if (line.starts_with("- ")) {
    line.remove_prefix(2);
    line.remove_prefix(indent_of(line));
  }
  const auto colon = line.find(':');
  return colon == std::string_view::npos ? std::string_view() : line.substr(0, colon);
}

bool is_entries(std::string_view line) {
  return key_of(line) == "entries" && line.starts_with("entries");
}

/// " # why" at the end of a line, outside of quotes; empty where there is none.
std::string comment_of(std::string_view line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quote != 0) {
      if (line[i] == '\\' && quote == '"')
        ++i;
      else if (line[i] == quote)
        quote = 0;
    } else if (line[i] == '"' || line[i] == '\'') {
      quote = line[i];
    } else if (line[i] == '#' && i > 0 && line[i - 1] == ' ') {
      const auto begin = line.find_last_not_of(' ', i - 1);
      return std::string(line.substr(begin + 1));
    }
  }
  return {};
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "" : ", ") + yaml_quoted(name);
  return "[" + text + "]";
}

/// The lines of variant and violates, each with `before` in front.
std::vector<std::string> way_lines(const known_deviation& entry, const std::string& before) {
  std::vector<std::string> lines;
  if (!entry.variant.empty()) lines.push_back(before + "variant: " + entry.variant);
  if (!entry.violates.empty()) lines.push_back(before + "violates: " + list_of(entry.violates));
  return lines;
}

std::vector<std::string> fresh_lines(const known_deviation& entry, std::size_t indent) {
  const std::string before(indent + 2, ' ');
  std::vector<std::string> lines = {
      std::string(indent, ' ') + "- match: " + yaml_quoted(entry.match),
      before + "expect: " + entry.expect};
  for (auto& line : way_lines(entry, before))
    lines.push_back(std::move(line));
  lines.push_back(before + "reason: " + yaml_quoted(entry.reason));
  if (!entry.issue.empty()) lines.push_back(before + "issue: " + yaml_quoted(entry.issue));
  if (!entry.until.empty()) lines.push_back(before + "until: " + entry.until);
  return lines;
}

void append_to(std::vector<std::string>& into, std::vector<std::string> lines) {
  for (auto& line : lines)
    into.push_back(std::move(line));
}

}  // namespace

std::string yaml_quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string empty_baseline(const std::string& profile) {
  return "baseline: 1\n" + (profile.empty() ? std::string() : "profile: " + profile + "\n") +
         "entries: []\n";
}

baseline_lines::baseline_lines(const std::string& text, std::vector<std::size_t> starts) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    lines_.push_back(std::move(line));
  for (std::size_t i = 0; i < starts.size(); ++i) {
    piece one;
    one.begin = starts[i] - 1;
    one.end = i + 1 < starts.size() ? starts[i + 1] - 1 : lines_.size();
    // What stands before the next entry, or at the end of the file, belongs to no entry.
    while (one.end > one.begin + 1 && blank_or_comment(lines_[one.end - 1]))
      --one.end;
    pieces_.push_back(std::move(one));
  }
  if (!pieces_.empty()) indent_ = indent_of(lines_[pieces_.front().begin]);
}

bool baseline_lines::editable(std::size_t index) const {
  const auto& one = pieces_[index];
  if (one.begin >= one.end || one.begin >= lines_.size()) return false;
  const std::string_view line = lines_[one.begin];
  return line.substr(indent_of(line)).starts_with("- ");
}

void baseline_lines::remove(std::size_t index) {
  pieces_[index].removed = true;
}

void baseline_lines::change(std::size_t index, const known_deviation& entry) {
  pieces_[index].changed = changed_lines(pieces_[index], entry);
}

std::vector<std::string> baseline_lines::changed_lines(const piece& of,
                                                       const known_deviation& entry) const {
  const auto& first = lines_[of.begin];
  const auto dash = indent_of(first);
  const std::string_view behind_dash = std::string_view(first).substr(dash + 2);
  // Written on one line, between braces: it is written anew.
  if (behind_dash.starts_with('{')) return fresh_lines(entry, dash);
  const auto depth = dash + 2 + indent_of(behind_dash);
  const std::string before(depth, ' ');
  std::vector<std::string> result;
  bool dropped = false;
  for (std::size_t i = of.begin; i < of.end; ++i) {
    const auto& line = lines_[i];
    const bool keyed = i == of.begin || (indent_of(line) == depth && !blank_or_comment(line));
    const auto key = keyed ? key_of(line) : std::string_view();
    if (!keyed && dropped) continue;  // more of a value that goes
    dropped = key == "variant" || key == "violates";
    if (dropped) continue;
    if (key == "match") {
      result.push_back((i == of.begin ? line.substr(0, depth) : before) +
                       "match: " + yaml_quoted(entry.match) + comment_of(line));
    } else if (key == "expect") {
      result.push_back((i == of.begin ? line.substr(0, depth) : before) +
                       "expect: " + entry.expect + comment_of(line));
      append_to(result, way_lines(entry, before));
    } else {
      result.push_back(line);
    }
  }
  return result;
}

void baseline_lines::add_behind(std::size_t index, const known_deviation& entry) {
  append_to(pieces_[index].behind, fresh_lines(entry, indent_of(lines_[pieces_[index].begin])));
}

void baseline_lines::append(const known_deviation& entry) {
  append_to(appended_, fresh_lines(entry, indent_));
}

std::string baseline_lines::text() const {
  std::vector<std::string> result;
  std::size_t at = 0;
  std::size_t left = 0;
  for (const auto& one : pieces_) {
    for (; at < one.begin; ++at)
      result.push_back(lines_[at]);
    if (one.removed) {
    } else if (!one.changed.empty()) {
      append_to(result, one.changed);
    } else {
      for (std::size_t i = one.begin; i < one.end; ++i)
        result.push_back(lines_[i]);
    }
    if (!one.removed) ++left;
    append_to(result, one.behind);
    left += one.behind.empty() ? 0 : 1;
    at = one.end;
  }
  // New entries stand behind the last one, before comments that end the file.
  for (bool found = false; pieces_.empty() && !found && at < lines_.size(); ++at) {
    found = is_entries(lines_[at]);
    result.push_back(lines_[at]);
  }
  append_to(result, appended_);
  left += appended_.empty() ? 0 : 1;
  for (; at < lines_.size(); ++at)
    result.push_back(lines_[at]);
  std::string text;
  for (auto& line : result) {
    if (is_entries(line)) line = (left == 0 ? "entries: []" : "entries:") + comment_of(line);
    text += line + "\n";
  }
  return text;
}

}  // namespace halley::reports
