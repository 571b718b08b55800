#include "cli/fuzz_scenes.hpp"

#include "base/printable.hpp"
#include "cli/fuzz_models.hpp"
#include "cli/fuzz_options.hpp"
#include "cli/subcommand.hpp"
#include "clock/clock.hpp"
#include "clock/steady_clock.hpp"
#include "fuzz/exporter.hpp"
#include "fuzz/live/simulated_stage.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/scene.hpp"
#include "fuzz/scenes/scene_search.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t shown_octets = 200;

}  // namespace

struct scene_round::world {
  explicit world(const fuzz_options& options)
      : tested(options.seed, {options.target.mutants.begin(), options.target.mutants.end()}),
        rehearsed(options.seed, {}),
        elsewhere(options.seed + 1, {}) {}

  boost::asio::io_context context{1};
  clock::steady_clock wall{context.get_executor()};
  fuzz::simulated_stage tested;
  fuzz::simulated_stage rehearsed;
  fuzz::simulated_stage elsewhere;
  std::unique_ptr<fuzz::scene_search> search;
};

scene_round::scene_round(const std::vector<const fuzz::scene_kind*>& kinds,
                         const fuzz_options& options,
                         const command_context& context)
    : kinds_(kinds),
      options_(options),
      context_(context),
      world_(std::make_unique<world>(options)) {
  world_->search =
      std::make_unique<fuzz::scene_search>(world_->tested, world_->rehearsed, world_->elsewhere,
                                           world_->wall, options.seed, options.seed + 1);
}

scene_round::~scene_round() = default;

int scene_round::play(std::size_t runs, const std::function<bool()>& is_late) {
  fuzz::scene_search::bounds how;
  how.runs = runs;
  how.is_late = is_late;
  how.shrinks = !options_.no_shrink;
  how.shrink_time = 20s;
  for (auto at = kinds_.begin(); at != kinds_.end() && !is_done();) {
    const auto found = world_->search->look(**at, how);
    if (!found) {
      ++at;
      continue;
    }
    ++findings_;
    show(**at, *found);
    const int kept = keep(**at, *found);
    worst_ = std::max(worst_, kept);
    if (kept == fuzz_exit::internal_bug) break;
    at = kinds_.erase(at);
  }
  return worst_;
}

void scene_round::summarize() const {
  context_.out << "scenes: " << world_->search->played() << " rehearsed, "
               << world_->search->stuck() << " of them in vain, seed " << options_.seed << ", "
               << (findings_ == 0   ? std::string("nothing found")
                   : findings_ == 1 ? std::string("1 finding")
                                    : std::to_string(findings_) + " findings")
               << '\n';
}

void scene_round::show(const fuzz::scene_kind& kind, const fuzz::scene_finding& what) const {
  context_.out << "FAIL " << kind.name << "  " << printable(what.what.requirement)
               << ", as the gateway does\n    expected "
               << printable(what.what.expected, shown_octets) << "\n    got      "
               << printable(what.what.got, shown_octets) << "\n    after    " << what.cues_before
               << " cues, shrunk to " << what.written.steps() << " steps\n";
}

int scene_round::keep(const fuzz::scene_kind& kind, const fuzz::scene_finding& what) {
  fuzz::origin from;
  from.model = kind.name;
  from.seed = options_.seed;
  from.steps_before = what.cues_before;
  from.runs = what.runs;
  from.choices = what.drawn;
  auto& on = world_->tested;
  const auto again = [&on](const auto& scenario) {
    on.renew();
    return on.play(scenario);
  };
  const auto made = fuzz::export_finding(what.written, from, what.what, again,
                                         std::filesystem::path(options_.out) / "found");
  if (made.is_ours) return fuzz_bug(context_, made.problem);
  if (!made.problem.empty()) {
    context_.err << "error: " << printable(made.problem, 4096) << '\n';
    return exit_status::infrastructure;
  }
  std::string mutants;
  for (const auto& one : options_.target.mutants)
    mutants += " --mutant " + one;
  context_.out << "    kept     " << made.file.string() << "\n    again    halley run "
               << made.file.string() << " --sim" << mutants << '\n';
  return fuzz_exit::found_something;
}

}  // namespace halley::cli
