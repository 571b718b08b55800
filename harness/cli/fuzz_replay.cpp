#include "cli/fuzz_replay.hpp"

#include "base/printable.hpp"
#include "cli/fuzz_options.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/grammars/corpus_file.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/play_alone.hpp"
#include "fuzz/live/player.hpp"
#include "fuzz/live/prover.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/second_look.hpp"
#include "fuzz/live/session.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/oracles/reactions.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

constexpr std::size_t shown_octets = 200;

class replay {
public:
  replay(fuzz::stage& on,
         const std::vector<fuzz::second_look::other>& others,
         const fuzz::patience& how_long,
         const fuzz_options& options,
         const command_context& context)
      : on_(on), look_(on, others), how_long_(how_long), options_(options), context_(context) {}

  /// Returns: how much it shows.
  std::size_t play(const fuzz::exchange& kept) {
    const auto same = [&](const fuzz::stand& one) { return one.at.contract == kept.at.contract; };
    const auto where = std::ranges::find_if(on_.stands(), same);
    if (where == on_.stands().end()) {
      context_.out << "skip " << printable(kept.at.contract)
                   << ": the target has no such endpoint\n";
      return 0;
    }
    const auto before = found_;
    const auto what = fuzz::moved_to(kept, where->at);
    on_.renew();
    const auto seen = fuzz::play_alone(on_, what, where->to, how_long_);
    for (const auto& one : fuzz::findings_of(seen, what.at.contract, options_.strict))
      show(what, one.what.broken.id, one.variant, one.what.got);
    for (const auto& kind : look_.kinds())
      if (const auto parted = look_.look(kind, what, seen, how_long_))
        show(what, kind, parted->variant, parted->what.got);
    see_crash(what);
    if (found_ == before) play_many(what, *where);
    return found_ - before;
  }

private:
  void show(const fuzz::exchange& what,
            const std::string& broken,
            const std::string& variant,
            const std::string& got) {
    ++found_;
    context_.out << "FAIL " << printable(what.at.contract) << "  " << printable(broken) << "  = "
                 << printable(variant) << "\n    got      " << printable(got, shown_octets) << '\n';
  }

  void see_crash(const fuzz::exchange& what) {
    if (const auto how = on_.crashed(); !how.empty()) show(what, "crash", how, how);
  }

  /// Some targets end only where they have much to do.
  void play_many(const fuzz::exchange& what, const fuzz::stand& where) {
    on_.renew();
    std::size_t left = options_.jobs;
    fuzz::player playing(on_.runtime(), options_.jobs);
    playing.begin(
        how_long_,
        [&]() -> std::optional<fuzz::job> {
          if (left == 0) return std::nullopt;
          --left;
          return fuzz::job{what, where.to, nullptr, 0, {}};
        },
        [](fuzz::job&& /*played*/, fuzz::record&& /*seen*/) {});
    on_.run([&] { return playing.idle(); });
    see_crash(what);
  }

  fuzz::stage& on_;
  fuzz::second_look look_;
  const fuzz::patience& how_long_;
  const fuzz_options& options_;
  const command_context& context_;
  std::size_t found_ = 0;
};

}  // namespace

int replay_exchanges(fuzz::stage& on,
                     const std::vector<fuzz::second_look::other>& others,
                     const fuzz::patience& how_long,
                     const fuzz_options& options,
                     const command_context& context) {
  const auto kept = fuzz::read_exchanges(options.replay);
  for (const auto& one : kept.problems)
    context.err << "error: " << printable(to_string(one), 4096) << '\n';
  if (!kept.problems.empty()) return exit_status::usage;
  replay again(on, others, how_long, options, context);
  std::size_t found = 0;
  for (const auto& one : kept.known.seeds)
    found += again.play(one);
  context.out << kept.known.seeds.size() << " exchanges played again, " << found
              << (found == 1 ? " finding\n" : " findings\n");
  return found > 0 ? fuzz_exit::found_something : exit_status::ok;
}

}  // namespace halley::cli
