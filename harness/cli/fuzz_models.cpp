#include "cli/fuzz_models.hpp"

#include "base/printable.hpp"
#include "cli/fuzz_options.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/exporter.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/search.hpp"
#include "fuzz/sim_runner.hpp"

#include <cstddef>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

constexpr std::size_t shown_octets = 200;
constexpr std::size_t progress_every = 500;
constexpr std::size_t usual_runs = 1000;

std::size_t runs_of(const fuzz_options& options) {
  return options.runs == 0 ? usual_runs : static_cast<std::size_t>(options.runs);
}

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& one : names)
    result += (result.empty() ? "" : ", ") + one;
  return result;
}

void show(const fuzz::search_result& ended, const command_context& context) {
  const auto& what = *ended.found;
  context.out << "  FAIL " << printable(what.requirement);
  if (!what.variant.empty()) context.out << ", variant " << printable(what.variant);
  context.out << "\n    expected " << printable(what.expected, shown_octets) << "\n    got      "
              << printable(what.got, shown_octets) << '\n';
  const auto& written = ended.smallest->written;
  context.out << "    after " << ended.runs << " sequences; " << ended.steps_before
              << " commands, shrunk to " << written.commands() << ": "
              << joined(written.command_names()) << '\n';
}

int keep(const fuzz::model_entry& model,
         const fuzz::search_result& ended,
         const fuzz_options& options,
         const command_context& context) {
  fuzz::origin from;
  from.model = model.name;
  from.seed = options.seed;
  from.steps_before = ended.steps_before;
  from.runs = ended.runs;
  from.choices = ended.smallest->drawn;
  fuzz::sim_runner runner({options.target.mutants.begin(), options.target.mutants.end()});
  const auto made = fuzz::export_finding(ended.smallest->written, from, *ended.found, runner,
                                         std::filesystem::path(options.out) / "found");
  if (made.is_ours) return fuzz_bug(context, made.problem);
  if (!made.problem.empty()) {
    context.err << "error: " << printable(made.problem, 4096) << '\n';
    return exit_status::infrastructure;
  }
  std::string mutants;
  for (const auto& one : options.target.mutants)
    mutants += " --mutant " + one;
  context.out << "    kept    " << made.file.string() << "\n    again   halley run "
              << made.file.string() << " --sim" << mutants << "\n    sockets halley run "
              << made.file.string() << mutants << '\n';
  return fuzz_exit::found_something;
}

}  // namespace

int fuzz_bug(const command_context& context, const std::string& text) {
  context.err << "internal error: " << printable(text, 4096)
              << "\nThis is a fault of halley, not of the target.\n";
  return fuzz_exit::internal_bug;
}

int fuzz_model(const fuzz::model_entry& model,
               const fuzz_options& options,
               const command_context& context) {
  fuzz::search_settings how;
  how.seed = options.seed;
  how.runs = runs_of(options);
  how.most_commands = options.most_commands;
  how.mutants = {options.target.mutants.begin(), options.target.mutants.end()};
  how.shrink = !options.no_shrink;
  const auto ended = fuzz::search(model, how, [&](std::size_t runs) {
    if (runs % progress_every == 0)
      context.err << model.name << ": " << runs << " of " << how.runs << " sequences\n";
  });
  if (!ended.broken.empty())
    return fuzz_bug(context, std::string(model.name) + ": " + ended.broken);
  context.out << model.name << ": " << ended.runs << " sequences, seed " << options.seed << ", "
              << (ended.found ? "1 finding" : "nothing found") << '\n';
  if (!ended.found) return exit_status::ok;
  show(ended, context);
  return keep(model, ended, options, context);
}

}  // namespace halley::cli
