// The forms of a comparison that programs read.
#include "reports/comparison.hpp"
#include "reports/comparison_formats.hpp"
#include "reports/comparison_rollup.hpp"
#include "reports/run_model.hpp"
#include "reports/text_safety.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

using json = nlohmann::ordered_json;

/// A field of RFC 4180 §2, always quoted; line ends and what drives terminals are replaced.
std::string csv_field(std::string_view text) {
  std::string safe;
  for (const char c : to_xml_characters(text))
    safe += c == '\r' || c == '\n' || c == '\t' ? ' ' : c;
  // What a spreadsheet takes for a formula; a blank before it does not stop all of them.
  const auto first = safe.find_first_not_of(' ');
  if (first != std::string::npos &&
      std::string_view("=+-@|").find(safe[first]) != std::string::npos)
    safe.insert(0, "'");
  std::string field = "\"";
  for (const char c : safe)
    field += c == '"' ? std::string("\"\"") : std::string(1, c);
  return field + "\"";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

json cell_part(const comparison_cell& cell) {
  if (cell.result == nullptr) return {{"verdict", nullptr}, {"change", to_word(cell.is)}};
  const auto& one = *cell.result;
  json part = {{"verdict", to_word(one.outcome)},
               {"change", to_word(cell.is)},
               {"variants", one.variants},
               {"violates", one.violates},
               {"observed", one.observed},
               {"status", one.status},
               {"rev", cell.scenario == nullptr ? 1 : cell.scenario->rev}};
  return part;
}

json rollup_part(const std::vector<rollup_row>& rows) {
  auto list = json::array();
  for (const auto& row : rows) {
    json part = {{"key", row.key}, {"different", row.different}};
    if (!row.level.empty()) part["level"] = row.level;
    if (!row.says.empty()) part["says"] = row.says;
    part["cells"] = json::array();
    for (const auto& cell : row.cells)
      part["cells"].push_back(
          json{{"MUST", json{{"held", cell.must_held}, {"tested", cell.must_tested}}},
               {"SHOULD", json{{"held", cell.should_held}, {"tested", cell.should_tested}}},
               {"failed", cell.failed},
               {"played", cell.played}});
    list.push_back(std::move(part));
  }
  return list;
}

}  // namespace

std::string comparison_csv(const comparison_view& view) {
  std::string text = "\"instance\",\"scenario\",\"title\",\"level\",\"different\"";
  for (const auto& column : view.all.columns)
    for (const auto* const what : {" verdict", " variants", " change"})
      text += "," + csv_field(column.label + what);
  text += "\r\n";
  for (const auto* const row : view.rows) {
    text += csv_field(row->instance) + "," + csv_field(row->scenario) + "," +
            csv_field(row->title) + "," + csv_field(row->level) + "," +
            (row->different ? "\"yes\"" : "\"no\"");
    for (const auto& cell : row->cells) {
      const auto* const one = cell.result;
      text += "," + csv_field(one == nullptr ? "" : to_word(one->outcome)) + "," +
              csv_field(one == nullptr ? "" : joined(one->variants)) + "," +
              csv_field(to_word(cell.is));
    }
    text += "\r\n";
  }
  return text;
}

std::string comparison_json(const comparison_view& view) {
  const auto& all = view.all;
  json document = {{"schema", "compare/1"}, {"minor", 0}};
  document["base"] = all.runs.empty() ? "" : all.runs[all.base].name;
  document["strict"] = all.strict;
  document["regressions"] = all.regressions();
  document["columns"] = json::array();
  for (const auto& column : all.columns) {
    const auto& run = all.runs[column.run];
    json part = {{"label", column.label},     {"target", column.target},
                 {"version", column.version}, {"run", run.name},
                 {"id", run.run.id},          {"complete", run.run.complete}};
    part["base"] = column.base ? json(all.columns[*column.base].label) : json(nullptr);
    document["columns"].push_back(std::move(part));
  }
  document["changes"] = json::object();
  for (std::size_t i = 0; i < change_count; ++i) {
    const auto one = static_cast<change>(i);
    document["changes"][std::string(to_word(one))] = all.count(one);
  }
  document["families"] = rollup_part(view.sums.families);
  document["sections"] = rollup_part(view.sums.sections);
  document["requirements"] = rollup_part(view.sums.requirements);
  document["rows"] = json::array();
  for (const auto* const row : view.rows) {
    json part = {{"instance", row->instance},
                 {"scenario", row->scenario},
                 {"title", row->title},
                 {"level", row->level},
                 {"different", row->different}};
    part["cells"] = json::array();
    for (const auto& cell : row->cells)
      part["cells"].push_back(cell_part(cell));
    document["rows"].push_back(std::move(part));
  }
  return document.dump(1, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace halley::reports
