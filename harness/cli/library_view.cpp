#include "cli/library_view.hpp"

#include "base/printable.hpp"
#include "cli/subcommand.hpp"
#include "reports/text_safety.hpp"
#include "scenario/load.hpp"
#include "scenario/scenario.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::cli {

std::string_view to_word(scenario::level of) {
  switch (of) {
    case scenario::level::must:
      return "MUST";
    case scenario::level::should:
      return "SHOULD";
    case scenario::level::may:
      return "MAY";
  }
  return "";
}

std::string_view to_word(scenario::kind of) {
  switch (of) {
    case scenario::kind::conformance:
      return "conformance";
    case scenario::kind::survey:
      return "survey";
    case scenario::kind::robustness:
      return "robustness";
  }
  return "";
}

std::string_view to_word(scenario::role of) {
  switch (of) {
    case scenario::role::server:
      return "server";
    case scenario::role::client:
      return "client";
    case scenario::role::proxy:
      return "proxy";
  }
  return "";
}

bool glob_matches(std::string_view glob, std::string_view text) {
  // Greedy with one point to return to: the last star. Linear in space, no recursion.
  std::size_t g = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      mark = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*')
    ++g;
  return g == glob.size();
}

bool selected(const std::vector<std::string>& patterns, std::string_view id) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& pattern) { return glob_matches(pattern, id); });
}

bool report_problems(const std::vector<scenario::problem>& problems, std::ostream& err) {
  for (const auto& one : problems) {
    auto text = scenario::to_text(one);
    if (text.empty() || text.back() != '\n') text += '\n';
    err << text;
  }
  if (!problems.empty())
    err << problems.size() << (problems.size() == 1 ? " problem\n" : " problems\n");
  return problems.empty();
}

std::unique_ptr<scenario::library> read_library(const std::filesystem::path& root,
                                                std::ostream& err,
                                                const scenario::id_choice& wanted) {
  std::error_code error;
  if (!std::filesystem::is_directory(root, error)) {
    err << "error: no scenarios folder at " << printable(root.string(), 4096)
        << "; name one with --scenarios\n";
    return nullptr;
  }
  auto library = std::make_unique<scenario::library>(scenario::load_library(root, {}, wanted));
  return report_problems(library->problems, err) ? std::move(library) : nullptr;
}

std::string verdict_of(const scenario::scenario& of, const std::vector<std::string>& names) {
  bool should = false;
  bool may = false;
  for (const auto& name : names) {
    const auto* const requirement = of.find_requirement(name);
    if (requirement == nullptr) continue;
    if (of.purpose != scenario::kind::survey && requirement->weight == scenario::level::must)
      return "fail";
    should = should || requirement->weight == scenario::level::should;
    may = true;
  }
  if (of.purpose == scenario::kind::survey) return "info";
  return should ? "warn" : may ? "info" : "pass";
}

void print_columns(const std::vector<named_line>& lines, std::ostream& out) {
  std::size_t width = 0;
  for (const auto& one : lines)
    width = std::max(width, reports::columns(one.name));
  for (const auto& one : lines)
    out << (one.about.empty() ? one.name : reports::padded(one.name, width) + "  " + one.about)
        << '\n';
}

}  // namespace halley::cli
