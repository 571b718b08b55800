#include "cli/baseline_file.hpp"

#include "base/printable.hpp"
#include "reports/baseline_update.hpp"
#include "reports/kinds.hpp"
#include "reports/run_model.hpp"

#include <fstream>
#include <ios>
#include <iterator>
#include <ostream>
#include <string>

namespace halley::cli {

std::string rewrite_baseline(const std::string& file,
                             const reports::run_model& model,
                             std::ostream& out) {
  const auto name = printable(file, 1000);
  if (model.interrupted || !model.complete) {
    out << name << " stays as it is: the run did not come to its end\n";
    return {};
  }
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto update = reports::update_baseline(file, text, model);
  if (!update.problem.empty()) return file + " stays as it is: " + update.problem;
  if (!update.edits.empty())
    if (auto problem = reports::write_file(file, update.text); !problem.empty()) return problem;
  for (const auto& one : update.edits)
    out << name << ": " << one.what << " " << printable(one.match, 400) << ": "
        << printable(one.text, 400) << '\n';
  for (const auto& one : update.left)
    out << name << ": left " << printable(one, 400) << '\n';
  if (update.edits.empty()) out << name << ": nothing to change\n";
  return {};
}

}  // namespace halley::cli
