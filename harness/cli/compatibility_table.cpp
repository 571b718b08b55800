#include "cli/compatibility_table.hpp"

#include "base/printable.hpp"
#include "reports/text_safety.hpp"
#include "scenario/compatibility.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

constexpr std::size_t longest_text = 4000;
constexpr std::size_t line_columns = 100;

std::string safe(const std::string& text) {
  return printable(text, longest_text);
}

/// `text` behind `margin`, broken between words; further lines are indented as far.
void print_wrapped(const std::string& margin, const std::string& text, std::ostream& out) {
  const std::string indent(reports::columns(margin), ' ');
  std::istringstream words(text);
  std::string line = margin;
  bool empty = true;
  for (std::string word; words >> word;) {
    if (!empty && reports::columns(line) + 1 + reports::columns(word) > line_columns) {
      out << line << '\n';
      line = indent;
      empty = true;
    }
    line += (empty ? "" : " ") + safe(word);
    empty = false;
  }
  out << line << '\n';
}

std::string joined(const std::vector<std::string>& ids) {
  std::string text;
  for (const auto& id : ids)
    text += (text.empty() ? "" : ", ") + id;
  return text;
}

}  // namespace

void print_compatibility(const scenario::compatibility& table, std::ostream& out) {
  constexpr std::string_view contract = "contract";
  constexpr std::string_view ours = "scenario";
  const std::string other = safe(table.other);
  const std::size_t width = std::max({reports::columns(other), contract.size(), ours.size()}) + 2;
  out << safe(table.title) << '\n';
  if (!table.about.empty()) print_wrapped("", table.about, out);
  std::size_t same = 0;
  for (const auto& row : table.rows) {
    if (row.wants.empty()) ++same;
    out << '\n';
    print_wrapped(safe(row.id) + "  ", row.when, out);
    const auto shown = row.ours.empty() ? "none: " + row.why : joined(row.ours);
    const auto lines = std::to_array<std::pair<std::string, std::string>>({
        {other, row.did},
        {std::string(contract), row.wants.empty() ? "the same" : row.wants},
        {std::string(ours), shown},
    });
    for (const auto& [name, text] : lines)
      print_wrapped("  " + reports::padded(name, width), text, out);
  }
  out << '\n'
      << table.rows.size() << " situations; the contract wants the same in " << same
      << " of them\n";
}

}  // namespace halley::cli
