#include "cli/coverage.hpp"

#include "base/printable.hpp"
#include "cli/library_view.hpp"
#include "cli/subcommand.hpp"
#include "reports/text_safety.hpp"
#include "scenario/load.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

/// How a statement of the ledger stands.
constexpr std::array<std::string_view, 5> states = {"tested", "implicit", "untestable",
                                                    "out-of-scope", "open"};

/// "rfc6455/5.2-rsv" → "5.2": what precedes the first hyphen.
std::string section_of(const std::string& id) {
  const auto slash = id.find('/');
  const auto rest = slash == std::string::npos ? id : id.substr(slash + 1);
  return rest.substr(0, rest.find('-'));
}

/// Sections in the order of their numbers: 5.2 before 5.10.
bool section_before(const std::string& a, const std::string& b) {
  const auto parts = [](const std::string& text) {
    std::vector<std::pair<std::size_t, std::string>> result;
    for (std::size_t from = 0; from <= text.size();) {
      const auto end = std::min(text.find('.', from), text.size());
      auto part = text.substr(from, end - from);
      result.emplace_back(part.size(), std::move(part));
      from = end + 1;
    }
    return result;
  };
  return parts(a) < parts(b);
}

}  // namespace

std::vector<std::string> scenarios_of(const scenario::library& library,
                                      const std::string& requirement) {
  std::vector<std::string> result;
  for (const auto& one : library.scenarios)
    if (std::any_of(one->requirements.begin(), one->requirements.end(),
                    [&](const auto& each) { return each.ledger == requirement; }))
      result.push_back(one->id);
  return result;
}

bool print_coverage(const scenario::library& library,
                    const std::string& document,
                    std::ostream& out) {
  std::set<std::string> used;
  for (const auto& one : library.scenarios)
    for (const auto& requirement : one->requirements)
      used.insert(requirement.ledger);
  std::map<std::string, std::map<std::string_view, std::size_t>, decltype(&section_before)>
      sections(&section_before);
  std::map<std::string_view, std::size_t> total;
  std::vector<named_line> open;
  for (const auto& one : library.ledger) {
    if (!one.id.starts_with(document + "/")) continue;
    // A scenario that points at it is the proof; the ledger's word alone is none.
    std::string_view state = used.contains(one.id) ? "tested" : "open";
    for (const auto known : states)
      if (state == "open" && one.status == known && known != "tested") state = known;
    ++sections[section_of(one.id)][state];
    ++total[state];
    if (state == "open")
      open.push_back(
          {"  " + one.id, std::string(to_word(one.weight)) + "  " + printable(one.says)});
  }
  if (sections.empty()) return false;
  const auto line = [&](const std::string& name, const auto& cell) {
    out << reports::padded(name, 12);
    for (const auto state : states)
      out << "  " << reports::padded(cell(state), state.size());
    out << '\n';
  };
  line("section", [](std::string_view state) { return std::string(state); });
  const auto counts = [](auto& of) {
    return [&of](std::string_view state) { return std::to_string(of[state]); };
  };
  for (auto& [section, of] : sections)
    line("§" + section, counts(of));
  line("all", counts(total));
  if (!open.empty()) {
    out << "\nopen\n";
    print_columns(open, out);
  }
  return true;
}

}  // namespace halley::cli
