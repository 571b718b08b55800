#include "cli/fuzz_sequences.hpp"

#include "cli/fuzz_models.hpp"
#include "cli/fuzz_options.hpp"
#include "cli/fuzz_rounds.hpp"
#include "cli/fuzz_scenes.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenes/scene.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

namespace halley::cli {
namespace {

constexpr std::size_t usual_runs = 1000;
constexpr std::size_t scenes_of_a_round = 50;
constexpr std::size_t sequences_of_a_round = 20;

}  // namespace

int fuzz_sequences(const std::vector<const fuzz::model_entry*>& models,
                   const std::vector<const fuzz::scene_kind*>& scenes,
                   bool grammars_follow,
                   fuzz_options& options,
                   const command_context& context) {
  const fuzz_rounds rounds(options, grammars_follow, usual_runs);
  const std::function<bool()> is_late = [&] { return rounds.is_late(); };
  model_round sequences(models, options, context);
  scene_round plays(scenes, options, context);
  const auto enough = [&] {
    return sequences.findings() + plays.findings() >= options.most_findings;
  };
  int worst = exit_status::ok;
  do {
    worst = std::max(worst, plays.play(rounds.runs(scenes_of_a_round), is_late));
    if (worst == fuzz_exit::internal_bug) return worst;
    if (!enough())
      worst = std::max(worst, sequences.play(rounds.runs(sequences_of_a_round), is_late));
    if (worst == fuzz_exit::internal_bug) return worst;
  } while (!rounds.is_only_one() && !is_late() && !enough() &&
           !(sequences.is_done() && plays.is_done()));
  sequences.summarize();
  if (!scenes.empty()) plays.summarize();
  rounds.take_off(options);
  // A finding is one, whatever else went wrong.
  return sequences.findings() + plays.findings() > 0 ? fuzz_exit::found_something : worst;
}

}  // namespace halley::cli
