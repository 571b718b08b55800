#include "cli/fuzz_campaign.hpp"

#include "base/printable.hpp"
#include "cli/fuzz_corpus.hpp"
#include "cli/fuzz_live_models.hpp"
#include "cli/fuzz_models.hpp"
#include "cli/fuzz_options.hpp"
#include "cli/fuzz_replay.hpp"
#include "cli/run_options.hpp"
#include "cli/subcommand.hpp"
#include "cli/target_choice.hpp"
#include "clock/clock.hpp"
#include "clock/steady_clock.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/campaign.hpp"
#include "fuzz/live/live_stage.hpp"
#include "fuzz/live/notebook.hpp"
#include "fuzz/live/proof_file.hpp"
#include "fuzz/live/second_look.hpp"
#include "fuzz/live/simulated_stage.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/live/suspicion.hpp"
#include "fuzz/model.hpp"
#include "scenario/load.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <system_error>
#include <vector>

namespace halley::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t shown_octets = 200;
constexpr std::uint64_t usual_runs = 20'000;
constexpr auto between_lines = 10s;

volatile std::sig_atomic_t interrupted = 0;

void interrupt(int) {
  interrupted = 1;
}

/// SIGINT and SIGTERM end the search at the next look; the second one at once.
class signal_watch {
public:
  signal_watch() {
    struct sigaction how{};
    how.sa_handler = interrupt;
    how.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    ::sigaction(SIGINT, &how, &before_int_);
    ::sigaction(SIGTERM, &how, &before_term_);
  }
  ~signal_watch() {
    ::sigaction(SIGINT, &before_int_, nullptr);
    ::sigaction(SIGTERM, &before_term_, nullptr);
  }
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

private:
  struct sigaction before_int_{};
  struct sigaction before_term_{};
};

fuzz::campaign_settings settings_of(const fuzz_options& options, bool simulated) {
  fuzz::campaign_settings result;
  result.seed = options.seed;
  result.runs = options.runs;
  if (options.runs == 0 && options.time == duration(0)) result.runs = usual_runs;
  result.time = options.time;
  result.jobs = options.jobs;
  result.most_findings = options.most_findings;
  result.alive.growth.memory = options.memory_limit;
  auto& proof = result.proof;
  proof.wanted = options.confirm_wanted;
  proof.tries = options.confirm_tries;
  proof.shrink = !options.no_shrink;
  proof.should = options.strict;
  // Virtual time costs nothing; a target on sockets gets its time when it counts.
  proof.quick.quiet = simulated ? duration(5s) : duration(300ms);
  proof.quick.whole = simulated ? duration(60s) : duration(5s);
  proof.slow.quiet = 5s;
  proof.slow.whole = 60s;
  proof.most_time = simulated ? duration(1h) : duration(20s);
  return result;
}

std::string summary(const fuzz::campaign_figures& so_far) {
  const double seconds = std::chrono::duration<double>(so_far.playing).count();
  const auto rate = seconds > 0 ? static_cast<double>(so_far.played) / seconds : 0.0;
  std::string result = std::to_string(so_far.played) + " exchanges, " +
                       std::to_string(static_cast<std::uint64_t>(rate)) + " a second, " +
                       std::to_string(so_far.turns) + " turns, " + std::to_string(so_far.findings) +
                       (so_far.findings == 1 ? " finding" : " findings");
  if (so_far.reached > 0) result += ", " + std::to_string(so_far.reached) + " edges";
  if (so_far.doubts > 0) result += ", " + std::to_string(so_far.doubts) + " not confirmed";
  if (so_far.refused > 0) result += ", " + std::to_string(so_far.refused) + " refused";
  return result;
}

void show(const fuzz::proof& what, const command_context& context) {
  const auto& shown = what.shown.what;
  context.out << "FAIL " << printable(what.smallest.at.contract) << "  "
              << printable(shown.broken.id)
              << (shown.broken.ref.empty() ? "" : ", " + shown.broken.ref) << "  = "
              << printable(what.key.variant) << '\n'
              << "    says     " << printable(shown.broken.says, shown_octets) << '\n'
              << "    expected " << printable(shown.expected, shown_octets) << '\n'
              << "    got      " << printable(shown.got, shown_octets) << '\n'
              << "    after    " << what.acts_before << " acts, shrunk to "
              << what.smallest.acts.size() << " (" << what.plays << " plays)\n";
  if (what.at_a_time > 1)
    context.out << "    where    " << what.at_a_time << " connections at a time say the same\n";
}

class fuzzing {
public:
  fuzzing(const fuzz_options& options, const command_context& context)
      : options_(options), context_(context) {}

  /// Compares with this target, too. Lifetime: outlives the search.
  void compare_with(const std::string& name, fuzz::stage& on) { others_.push_back({name, &on}); }

  int run(fuzz::stage& on, const std::vector<const fuzz::grammar*>& grammars) {
    const signal_watch watched;
    if (!options_.replay.empty()) {
      const auto how_long = settings_of(options_, on.simulated()).proof.slow;
      return replay_exchanges(on, others_, how_long, options_, context_);
    }
    fuzz::corpus known;
    std::vector<fuzz::notebook::kept> first;
    auto wrong = read_fuzz_corpus(options_.corpus, known, first);
    fuzz::notebook::content before;
    const auto file = std::filesystem::path(options_.out) / "notebook.jsonl";
    if (wrong.empty() && options_.resume) wrong = fuzz::read_notebook(file, before);
    if (!wrong.empty()) {
      context_.err << "error: " << printable(wrong, 4096) << '\n';
      return exit_status::usage;
    }
    auto settings = settings_of(options_, on.simulated());
    settings.others = others_;
    fuzz::campaign search(on, grammars, known, wall_, settings);
    if (!search.fits()) {
      context_.err << "error: the target has no endpoint that these grammars speak to\n";
      return exit_status::usage;
    }
    search.begin_with(first);
    if (options_.resume) search.resume(before);
    std::error_code ignored;  // where it cannot be removed it cannot be written either
    if (!options_.resume) std::filesystem::remove(file, ignored);
    fuzz::notebook learned;
    wrong = learned.open(file);
    if (!wrong.empty()) {
      context_.err << "error: " << printable(wrong, 4096) << '\n';
      return exit_status::infrastructure;
    }
    search.write_to(learned);
    const auto ended = search.run(
        [&](const fuzz::proof& what) {
          found_ = true;
          show(what, context_);
          keep(what, on);
        },
        [&](const fuzz::campaign_figures& so_far) {
          if (wall_.now() - said_ >= between_lines) {
            said_ = wall_.now();
            context_.err << summary(so_far) << '\n';
          }
          return interrupted == 0;
        });
    context_.out << summary(ended) << '\n';
    if (problem_ != 0) return problem_;
    if (ended.findings > 0) return fuzz_exit::found_something;
    return interrupted != 0 ? 130 : exit_status::ok;
  }

  bool found() const { return found_; }

private:
  void keep(const fuzz::proof& what, fuzz::stage& on) {
    const auto kept = fuzz::keep_proof(what, options_.seed, options_.out, on);
    if (!kept.problem.empty()) {
      context_.err << "error: " << printable(kept.problem, 4096) << '\n';
      // In simulation nothing happens by chance; of another target the finding stands all the same.
      if (!kept.is_ours)
        problem_ = exit_status::infrastructure;
      else if (on.simulated())
        problem_ = fuzz_exit::internal_bug;
    }
    if (!kept.file.empty()) context_.out << "    kept     " << kept.file.string() << '\n';
  }

  const fuzz_options& options_;
  const command_context& context_;
  boost::asio::io_context context_of_wall_{1};
  clock::steady_clock wall_{context_of_wall_.get_executor()};
  std::vector<fuzz::second_look::other> others_;
  instant said_{0};
  bool found_ = false;
  int problem_ = 0;
};

/// A target on sockets with the gateway that it may be.
struct live_target {
  target_choice chosen;
  std::unique_ptr<fuzz::live_stage> on;
};

/// Chooses and starts. Returns: the exit code where that failed, else 0.
int start(const run_options& what,
          const fuzz_options& options,
          const command_context& context,
          live_target& into) {
  into.chosen = choose_target(what, options.seed);
  for (const auto& one : into.chosen.problems)
    context.err << scenario::to_text(one) << '\n';
  if (!into.chosen.problem.empty())
    context.err << "error: " << printable(into.chosen.problem, 4096) << '\n';
  if (!into.chosen.problem.empty() || !into.chosen.problems.empty())
    return into.chosen.infrastructure ? exit_status::infrastructure : exit_status::usage;
  const auto& profile = into.chosen.profile;
  const auto folder = std::filesystem::absolute(options.out) / "targets" / profile.name;
  into.on = std::make_unique<fuzz::live_stage>(profile, folder, options.seed);
  const auto failed = into.on->start();
  if (failed.empty()) return 0;
  context.err << "error: " << printable(failed, 4096) << '\n';
  return exit_status::infrastructure;
}

int fuzz_simulated(fuzzing& search,
                   const std::vector<const fuzz::grammar*>& grammars,
                   const fuzz_options& options) {
  fuzz::simulated_stage on(options.seed,
                           {options.target.mutants.begin(), options.target.mutants.end()});
  // In simulation there is nothing else to compare with.
  fuzz::simulated_stage gateway(options.seed, {});
  if (!options.against.empty()) search.compare_with("gateway", gateway);
  return search.run(on, grammars);
}

int fuzz_live(fuzzing& search,
              const std::vector<const fuzz::grammar*>& grammars,
              const std::vector<const fuzz::model_entry*>& models,
              fuzz_options& options,
              const command_context& context) {
  live_target tested;
  if (const int failed = start(options.target, options, context, tested)) return failed;
  std::vector<std::unique_ptr<live_target>> others;
  for (const auto& name : options.against) {
    run_options what;
    what.scenarios = options.target.scenarios;
    if (name != "gateway") what.target = name;
    others.push_back(std::make_unique<live_target>());
    if (const int failed = start(what, options, context, *others.back())) return failed;
    search.compare_with(name, *others.back()->on);
  }
  int result = exit_status::ok;
  if (!models.empty()) {
    const signal_watch watched;
    const live_ground ground{*tested.on, tested.chosen.profile, [] { return interrupted != 0; }};
    result = fuzz_live_models(models, ground, !grammars.empty(), options, context);
  }
  const bool enough = result == fuzz_exit::found_something && options.most_findings == 1;
  const bool plays = !grammars.empty() || !options.replay.empty();
  if (plays && !enough && result != fuzz_exit::internal_bug)
    result = std::max(result, search.run(*tested.on, grammars));
  tested.on->stop();
  for (const auto& one : others)
    one->on->stop();
  return result;
}

}  // namespace

int fuzz_target(const std::vector<const fuzz::grammar*>& grammars,
                const std::vector<const fuzz::model_entry*>& models,
                fuzz_options& options,
                const command_context& context) {
  fuzzing search(options, context);
  try {
    return options.target.sim ? fuzz_simulated(search, grammars, options)
                              : fuzz_live(search, grammars, models, options, context);
  } catch (const fuzz::target_lost& lost) {
    context.err << "error: " << printable(lost.what(), 4096) << '\n';
    // What was found stands, whatever became of the target.
    return search.found() ? fuzz_exit::found_something : exit_status::infrastructure;
  } catch (const std::exception& error) {
    return fuzz_bug(context, error.what());
  }
}

}  // namespace halley::cli
