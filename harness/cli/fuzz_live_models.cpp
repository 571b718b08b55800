#include "cli/fuzz_live_models.hpp"

#include "base/printable.hpp"
#include "cli/fuzz_models.hpp"
#include "cli/fuzz_options.hpp"
#include "cli/fuzz_rounds.hpp"
#include "cli/subcommand.hpp"
#include "clock/clock.hpp"
#include "fuzz/exporter.hpp"
#include "fuzz/live/model_search.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/search.hpp"
#include "scenario/profile.hpp"

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

/// Each takes the round trips of its commands, and the time of what is awaited in vain.
constexpr std::size_t usual_runs = 200;
constexpr std::size_t runs_of_a_round = 20;

fuzz::model_search::settings settings_of(const fuzz_options& options) {
  fuzz::model_search::settings result;
  result.most_commands = options.most_commands;
  result.shrink = !options.no_shrink;
  result.wanted = options.confirm_wanted;
  result.tries = options.confirm_tries;
  return result;
}

/// How the target was chosen, for halley run.
std::string choice_of(const fuzz_options& options) {
  std::string result;
  if (!options.target.target.empty()) result += " --target " + options.target.target;
  for (const auto& one : options.target.urls)
    result += " --url " + one;
  for (const auto& one : options.target.settings)
    result += " --set " + one;
  for (const auto& one : options.target.mutants)
    result += " --mutant " + one;
  return result;
}

class live_models {
public:
  live_models(const live_ground& ground,
              clock::clock& wall,
              const fuzz_options& options,
              const command_context& context)
      : search_(ground.on, wall, settings_of(options)), options_(options), context_(context) {}

  /// Takes the models that the target has all for, and tells the others in one line.
  void choose(const std::vector<const fuzz::model_entry*>& models,
              const scenario::profile& profile) {
    std::string skipped;
    for (const auto* const one : models) {
      const auto lacking = fuzz::lacks(*one, profile);
      if (lacking.empty())
        all_.push_back({one});
      else
        skipped += (skipped.empty() ? "" : ", ") + std::string(one->name) + " (" + lacking + ")";
    }
    if (!skipped.empty())
      context_.out << "skipped, for " << printable(profile.name)
                   << " does not say that it has what they need: " << printable(skipped, 4096)
                   << '\n';
  }

  /// Plays `runs` of each model that nothing was found with yet. Returns: the exit code so far.
  int play(std::size_t runs, const std::function<bool()>& is_late) {
    for (auto& one : all_) {
      if (one.found || is_done() || is_late()) continue;
      const auto seed = options_.seed + rounds_;
      const auto ended = search_.look(*one.model, seed, runs, is_late);
      one.runs += ended.runs;
      if (!ended.broken.empty())
        return fuzz_bug(context_, std::string(one.model->name) + ": " + ended.broken);
      if (!ended.found) continue;
      one.found = true;
      ++findings_;
      show_finding(*one.model, ended, context_);
      worst_ = std::max(worst_, keep(*one.model, ended, seed));
    }
    ++rounds_;
    return worst_;
  }

  bool is_done() const {
    return findings_ >= options_.most_findings ||
           std::ranges::all_of(all_, [](const auto& one) { return one.found; });
  }
  bool found() const { return findings_ > 0; }

  void summarize() const {
    for (const auto& one : all_)
      context_.out << one.model->name << ": " << one.runs << " sequences, seed " << options_.seed
                   << ", " << (one.found ? "1 finding" : "nothing found") << '\n';
    if (search_.doubts() + search_.unjudged() > 0)
      context_.out << "models: " << search_.doubts() << " not confirmed, " << search_.unjudged()
                   << " not judged\n";
  }

private:
  struct line {
    const fuzz::model_entry* model;
    std::size_t runs = 0;
    bool found = false;
  };

  int keep(const fuzz::model_entry& model, const fuzz::search_result& ended, std::uint64_t seed) {
    fuzz::origin from;
    from.model = model.name;
    from.seed = seed;
    from.steps_before = ended.steps_before;
    from.runs = ended.runs;
    from.choices = ended.smallest->drawn;
    const auto made = fuzz::export_finding(
        ended.smallest->written, from, *ended.found,
        [this](const auto& again) { return search_.play(again); },
        std::filesystem::path(options_.out) / "found");
    if (!made.problem.empty()) context_.err << "error: " << printable(made.problem, 4096) << '\n';
    // Of a target on sockets the finding stands all the same: it may be one of some plays.
    if (!made.problem.empty() && !made.is_ours) return exit_status::infrastructure;
    context_.out << "    kept    " << made.file.string() << "\n    again   halley run "
                 << made.file.string() << printable(choice_of(options_), 4096) << '\n';
    return fuzz_exit::found_something;
  }

  fuzz::model_search search_;
  const fuzz_options& options_;
  const command_context& context_;
  std::vector<line> all_;
  std::uint64_t rounds_ = 0;
  std::size_t findings_ = 0;
  int worst_ = exit_status::ok;
};

}  // namespace

int fuzz_live_models(const std::vector<const fuzz::model_entry*>& models,
                     const live_ground& ground,
                     bool grammars_follow,
                     fuzz_options& options,
                     const command_context& context) {
  fuzz_rounds rounds(options, grammars_follow, usual_runs);
  const std::function<bool()> is_late = [&] { return rounds.is_late() || ground.stopped(); };
  live_models playing(ground, rounds.wall(), options, context);
  playing.choose(models, ground.profile);
  int worst = exit_status::ok;
  do {
    worst = playing.play(rounds.runs(runs_of_a_round), is_late);
    if (worst == fuzz_exit::internal_bug) return worst;
  } while (!rounds.is_only_one() && !is_late() && !playing.is_done());
  playing.summarize();
  rounds.take_off(options);
  // A finding is one, whatever else went wrong.
  return playing.found() ? fuzz_exit::found_something : worst;
}

}  // namespace halley::cli
