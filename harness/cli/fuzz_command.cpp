#include "cli/fuzz_command.hpp"

#include "base/printable.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/exporter.hpp"
#include "fuzz/model.hpp"
#include "fuzz/models/all_models.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/search.hpp"
#include "fuzz/sim_runner.hpp"
#include "reference-server/mutants.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

constexpr int found_something = 1;
constexpr int internal_bug = 5;
constexpr std::size_t shown_octets = 200;
constexpr std::size_t progress_every = 500;

struct fuzz_options {
  std::vector<std::string> models;
  std::vector<std::string> mutants;
  std::size_t runs = 1000;
  std::size_t most_commands = 64;
  std::uint64_t seed = 1;
  bool simulated = false;
  bool no_shrink = false;
  std::string out = "out/fuzz";
};

int usage(const command_context& context, const std::string& text) {
  context.err << "error: " << text << '\n';
  return exit_status::usage;
}

int bug(const command_context& context, const std::string& text) {
  context.err << "internal error: " << printable(text, 4096)
              << "\nThis is a fault of halley, not of the target.\n";
  return internal_bug;
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
  fuzz::sim_runner runner({options.mutants.begin(), options.mutants.end()});
  const auto made = fuzz::export_finding(ended.smallest->written, from, *ended.found, runner,
                                         std::filesystem::path(options.out) / "found");
  if (made.is_ours) return bug(context, made.problem);
  if (!made.problem.empty()) {
    context.err << "error: " << printable(made.problem, 4096) << '\n';
    return exit_status::infrastructure;
  }
  std::string mutants;
  for (const auto& one : options.mutants)
    mutants += " --mutant " + one;
  context.out << "    kept    " << made.file.string() << "\n    again   halley run "
              << made.file.string() << " --sim" << mutants << "\n    sockets halley run "
              << made.file.string() << mutants << '\n';
  return found_something;
}

int fuzz_one(const fuzz::model_entry& model,
             const fuzz_options& options,
             const command_context& context) {
  fuzz::search_settings how;
  how.seed = options.seed;
  how.runs = options.runs;
  how.most_commands = options.most_commands;
  how.mutants = {options.mutants.begin(), options.mutants.end()};
  how.shrink = !options.no_shrink;
  const auto ended = fuzz::search(model, how, [&](std::size_t runs) {
    if (runs % progress_every == 0)
      context.err << model.name << ": " << runs << " of " << options.runs << " sequences\n";
  });
  if (!ended.broken.empty()) return bug(context, std::string(model.name) + ": " + ended.broken);
  context.out << model.name << ": " << ended.runs << " sequences, seed " << options.seed << ", "
              << (ended.found ? "1 finding" : "nothing found") << '\n';
  if (!ended.found) return exit_status::ok;
  show(ended, context);
  return keep(model, ended, options, context);
}

int run_fuzz(const fuzz_options& options, const command_context& context) {
  if (!options.simulated)
    return usage(context, "sequences are played in simulation only: add --sim");
  const auto unknown = gateway::unknown_mutants(options.mutants);
  if (!unknown.empty())
    return usage(context,
                 "no mutant '" + printable(unknown.front()) + "'; see halley list mutants");
  std::vector<const fuzz::model_entry*> models;
  for (const auto& name : options.models) {
    models.push_back(fuzz::find_model(name));
    if (models.back() == nullptr)
      return usage(context, "no model '" + printable(name) + "'; see halley list models");
  }
  if (models.empty())
    for (const auto& one : fuzz::all_models())
      models.push_back(&one);
  // A fault of our own hides what was found behind it, so it comes first.
  int worst = exit_status::ok;
  for (const auto* one : models) {
    const int ended = fuzz_one(*one, options, context);
    if (ended == internal_bug) return ended;
    if (ended == found_something || worst == exit_status::ok) worst = ended;
  }
  return worst;
}

}  // namespace

subcommand add_fuzz(CLI::App& program, const command_context& context) {
  auto* const app =
      program.add_subcommand("fuzz", "Play generated sequences and shrink what fails");
  auto options = std::make_shared<fuzz_options>();
  app->add_option("MODEL", options->models, "what makes the sequences; all where none is named");
  app->add_flag("--sim", options->simulated,
                "against the reference gateway over a simulated network");
  app->add_option("--runs", options->runs, "sequences of each model")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  app->add_option("--seed", options->seed, "the same seed plays the same sequences")
      ->capture_default_str();
  app->add_option("--mutant", options->mutants, "deviation of the reference gateway, repeatable")
      ->expected(1);
  app->add_option("--max-steps", options->most_commands, "commands of a sequence, at most")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app->add_flag("--no-shrink", options->no_shrink, "keep what was found as it was found");
  app->add_option("--out", options->out, "folder for what is found")->capture_default_str();
  return {app, [options, &context] { return run_fuzz(*options, context); }};
}

}  // namespace halley::cli
