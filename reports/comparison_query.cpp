#include "reports/comparison_query.hpp"

#include "base/ascii.hpp"
#include "base/printable.hpp"
#include "reports/comparison.hpp"
#include "reports/run_model.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

/// One cell in question.
struct place {
  const comparison& all;
  const comparison_row& row;
  std::size_t column;
  const comparison_cell& cell() const { return row.cells[column]; }
};
using word_test = std::function<bool(const place&)>;
using values_of = std::vector<std::string> (*)(const place&);

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

/// Whether the whole of `text` fits; * stands for anything. Both lower case. Time: O(n·m).
bool glob_fits(std::string_view glob, std::string_view text) {
  std::size_t at = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (at < glob.size() && glob[at] == '*') {
      star = at++;
      resume = i;
    } else if (at < glob.size() && glob[at] == text[i]) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  return std::ranges::all_of(glob.substr(at), [](char c) { return c == '*'; });
}

bool fits(std::string_view pattern, const std::vector<std::string>& values) {
  const auto any = [&](const auto& test) { return std::ranges::any_of(values, test); };
  if (pattern.starts_with('~'))
    return any([&](const std::string& value) {
      return lowered(value).find(pattern.substr(1)) != std::string::npos;
    });
  while (true) {
    const auto comma = pattern.find(',');
    const auto one = pattern.substr(0, comma);
    if (any([&](const std::string& value) { return glob_fits(one, lowered(value)); })) return true;
    if (comma == std::string_view::npos) return false;
    pattern.remove_prefix(comma + 1);
  }
}

std::vector<std::string> verdict_values(const place& at) {
  return {std::string(to_word(at.cell().result->outcome))};
}

std::vector<std::string> level_values(const place& at) {
  return {at.row.level};
}

std::vector<std::string> target_values(const place& at) {
  return {at.all.columns[at.column].target, at.all.columns[at.column].label};
}

std::vector<std::string> variant_values(const place& at) {
  return at.cell().result->variants;
}

std::vector<std::string> status_values(const place& at) {
  return {at.cell().result->status};
}

std::vector<std::string> tag_values(const place& at) {
  return at.cell().scenario == nullptr ? std::vector<std::string>() : at.cell().scenario->tags;
}

/// What it violates, else what its scenario asks.
std::vector<std::string> requirement_values(const place& at) {
  std::vector<std::string> values;
  for (const auto& check : at.cell().result->checks)
    for (const auto& one : {check.requirement, check.ledger, check.ref})
      values.push_back(one);
  if (values.empty() && at.cell().scenario != nullptr)
    for (const auto& one : at.cell().scenario->requirements)
      for (const auto& name : {one.id, one.ledger})
        values.push_back(name);
  std::erase(values, std::string());
  return values;
}

values_of values_named(std::string_view key) {
  if (key == "verdict") return verdict_values;
  if (key == "level") return level_values;
  if (key == "target") return target_values;
  if (key == "variant") return variant_values;
  if (key == "status") return status_values;
  if (key == "tag") return tag_values;
  if (key == "req") return requirement_values;
  return nullptr;
}

std::optional<word_test> is_test(const std::string& value) {
  if (value == "different") return [](const place& at) { return at.row.different; };
  if (value == "regressed") return [](const place& at) { return at.all.regressed(at.cell()); };
  const auto wanted = change_from(value);
  if (!wanted) return std::nullopt;
  return [wanted = *wanted](const place& at) { return at.cell().is == wanted; };
}

/// A test of what column `name` says, whichever cell is looked at; nothing where there is none.
std::optional<word_test> column_test(const comparison& all,
                                     const std::string& name,
                                     const std::string& value) {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < all.columns.size(); ++i)
    if (lowered(all.columns[i].label) == name || lowered(all.columns[i].target) == name)
      columns.push_back(i);
  if (columns.empty()) return std::nullopt;
  return [columns, value](const place& at) {
    return std::ranges::any_of(columns, [&](std::size_t column) {
      const auto* const result = at.row.cells[column].result;
      return result != nullptr && fits(value, {std::string(to_word(result->outcome))});
    });
  };
}

std::optional<word_test> test_of(const comparison& all,
                                 const std::string& word,
                                 std::string& problem) {
  const auto colon = word.find(':');
  const auto key = colon == std::string::npos ? std::string() : word.substr(0, colon);
  const auto value = colon == std::string::npos ? word : word.substr(colon + 1);
  if (key == "is") {
    auto test = is_test(value);
    if (!test)
      problem = "is:" + printable(value) +
                "; there are different, regressed, and the changes: new-fail, fixed, …";
    return test;
  }
  if (const auto values = values_named(key); values != nullptr)
    return [values, value](const place& at) {
      return at.cell().result != nullptr && fits(value, values(at));
    };
  if (key.starts_with("target(") && key.ends_with(')')) {
    const auto name = key.substr(7, key.size() - 8);
    auto test = column_test(all, name, value);
    if (!test) problem = "no target '" + printable(name) + "'";
    return test;
  }
  if (!key.empty())
    if (auto test = column_test(all, key, value)) return test;
  return [word](const place& at) {
    return lowered(at.row.instance).find(word) != std::string::npos ||
           lowered(at.row.title).find(word) != std::string::npos;
  };
}

}  // namespace

row_selection parse_query(const comparison& all, std::string_view text, std::string& problem) {
  std::vector<word_test> tests;
  while (true) {
    text = ascii::trim_blank(text);
    if (text.empty()) break;
    const auto end = std::min(text.find_first_of(" \t\n"), text.size());
    auto word = lowered(text.substr(0, end));
    text.remove_prefix(end);
    const bool turned = word.size() > 1 && word.front() == '-';
    if (turned) word.erase(0, 1);
    auto test = test_of(all, word, problem);
    if (!test) return nullptr;
    tests.emplace_back(
        [turned, test = std::move(*test)](const place& at) { return test(at) != turned; });
  }
  return [tests = std::move(tests)](const comparison& of, const comparison_row& row) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      // A cell that was not selected can still be what is missing: only-in-base.
      if (row.cells[i].result == nullptr && row.cells[i].is == change::absent) continue;
      const place at{of, row, i};
      if (std::ranges::all_of(tests, [&](const auto& test) { return test(at); })) return true;
    }
    return false;
  };
}

}  // namespace halley::reports
