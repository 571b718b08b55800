#include "cli/fuzz_sequences.hpp"

#include "cli/fuzz_models.hpp"
#include "cli/fuzz_options.hpp"
#include "cli/fuzz_scenes.hpp"
#include "cli/subcommand.hpp"
#include "clock/clock.hpp"
#include "clock/steady_clock.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenes/scene.hpp"

#include <boost/asio/io_context.hpp>

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
  boost::asio::io_context of_wall{1};
  clock::steady_clock wall(of_wall.get_executor());
  const instant begun = wall.now();
  const bool timed = options.time > duration(0);
  const instant ends = timed ? begun + options.time / (grammars_follow ? 2 : 1) : instant::max();
  const std::function<bool()> is_late = [&] { return wall.now() >= ends; };
  model_round sequences(models, options, context);
  scene_round plays(scenes, options, context);
  const auto enough = [&] {
    return sequences.findings() + plays.findings() >= options.most_findings;
  };
  const bool counted = options.runs != 0 || !timed;
  const auto runs = options.runs != 0 ? static_cast<std::size_t>(options.runs) : usual_runs;
  int worst = exit_status::ok;
  do {
    worst = std::max(worst, plays.play(counted ? runs : scenes_of_a_round, is_late));
    if (worst == fuzz_exit::internal_bug) return worst;
    if (!enough())
      worst = std::max(worst, sequences.play(counted ? runs : sequences_of_a_round, is_late));
    if (worst == fuzz_exit::internal_bug) return worst;
  } while (!counted && !is_late() && !enough() && !(sequences.is_done() && plays.is_done()));
  sequences.summarize();
  if (!scenes.empty()) plays.summarize();
  if (timed) options.time = std::max(duration(1), options.time - (wall.now() - begun));
  // A finding is one, whatever else went wrong.
  return sequences.findings() + plays.findings() > 0 ? fuzz_exit::found_something : worst;
}

}  // namespace halley::cli
