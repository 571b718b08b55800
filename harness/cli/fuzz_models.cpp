#include "cli/fuzz_models.hpp"

#include "base/printable.hpp"
#include "cli/fuzz_options.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/exporter.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/search.hpp"
#include "fuzz/sim_runner.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

constexpr std::size_t shown_octets = 200;
constexpr std::size_t progress_every = 500;

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& one : names)
    result += (result.empty() ? "" : ", ") + one;
  return result;
}

int keep(const fuzz::model_entry& model,
         const fuzz::search_result& ended,
         std::uint64_t seed,
         const fuzz_options& options,
         const command_context& context) {
  fuzz::origin from;
  from.model = model.name;
  from.seed = seed;
  from.steps_before = ended.steps_before;
  from.runs = ended.runs;
  from.choices = ended.smallest->drawn;
  fuzz::sim_runner runner({options.target.mutants.begin(), options.target.mutants.end()});
  const auto made = fuzz::export_finding(
      ended.smallest->written, from, *ended.found,
      [&](const auto& again) { return runner.play(again, from.seed); },
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

void show_finding(const fuzz::model_entry& model,
                  const fuzz::search_result& ended,
                  const command_context& context) {
  const auto& what = *ended.found;
  context.out << "FAIL " << model.name << "  " << printable(what.requirement);
  if (!what.variant.empty()) context.out << ", variant " << printable(what.variant);
  context.out << "\n    expected " << printable(what.expected, shown_octets) << "\n    got      "
              << printable(what.got, shown_octets) << '\n';
  const auto& written = ended.smallest->written;
  context.out << "    after " << ended.runs << " sequences; " << ended.steps_before
              << " commands, shrunk to " << written.commands() << ": "
              << joined(written.command_names()) << '\n';
}

int fuzz_bug(const command_context& context, const std::string& text) {
  context.err << "internal error: " << printable(text, 4096)
              << "\nThis is a fault of halley, not of the target.\n";
  return fuzz_exit::internal_bug;
}

model_round::model_round(const std::vector<const fuzz::model_entry*>& models,
                         const fuzz_options& options,
                         const command_context& context)
    : options_(options), context_(context) {
  for (const auto* const one : models)
    all_.push_back({one});
}

int model_round::play(std::size_t runs, const std::function<bool()>& is_late) {
  for (auto& one : all_) {
    if (one.found || is_done() || (is_late && is_late())) continue;
    fuzz::search_settings how;
    // The same numbers again would find the same.
    how.seed = options_.seed + rounds_;
    how.runs = runs;
    how.most_commands = options_.most_commands;
    how.mutants = {options_.target.mutants.begin(), options_.target.mutants.end()};
    how.shrink = !options_.no_shrink;
    how.is_late = is_late;
    const auto ended = fuzz::search(*one.model, how, [&](std::size_t so_far) {
      if (so_far % progress_every == 0)
        context_.err << one.model->name << ": " << so_far << " of " << how.runs << " sequences\n";
    });
    one.runs += ended.runs;
    if (!ended.broken.empty())
      return fuzz_bug(context_, std::string(one.model->name) + ": " + ended.broken);
    if (!ended.found) continue;
    one.found = true;
    ++findings_;
    show_finding(*one.model, ended, context_);
    const int kept = keep(*one.model, ended, how.seed, options_, context_);
    worst_ = std::max(worst_, kept);
    if (kept == fuzz_exit::internal_bug) break;
  }
  ++rounds_;
  return worst_;
}

void model_round::summarize() const {
  for (const auto& one : all_)
    context_.out << one.model->name << ": " << one.runs << " sequences, seed " << options_.seed
                 << ", " << (one.found ? "1 finding" : "nothing found") << '\n';
}

bool model_round::is_done() const {
  return findings_ >= options_.most_findings ||
         std::ranges::all_of(all_, [](const auto& one) { return one.found; });
}

}  // namespace halley::cli
