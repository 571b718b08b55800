#pragma once

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/features.hpp"
#include "fuzz/live/liveness.hpp"
#include "fuzz/live/notebook.hpp"
#include "fuzz/live/player.hpp"
#include "fuzz/live/prover.hpp"
#include "fuzz/live/second_look.hpp"
#include "fuzz/live/session.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/live/suspicion.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {

struct campaign_settings {
  std::uint64_t seed = 1;
  std::uint64_t runs = 0;          ///< exchanges; 0 = until time is over
  duration time{0};                ///< by the wall; 0 = until all runs are done
  std::size_t jobs = 64;           ///< connections at a time
  std::size_t most_findings = 20;  ///< the campaign ends there
  std::size_t most_doubts = 3;     ///< so often a suspicion of one kind may fail to come true
  proving proof;
  std::vector<second_look::other> others = {};  ///< targets to compare with
  liveness_limits alive = {};  ///< with a descriptor for each connection and direction more
};

/// How far a campaign is.
struct campaign_figures {
  std::uint64_t played = 0;
  std::uint64_t refused = 0;
  std::uint64_t doubts = 0;  ///< suspicions that did not come true
  std::size_t turns = 0;     ///< see features
  std::size_t reached = 0;   ///< edges of the target, by how often, where it tells
  std::size_t kept = 0;      ///< choices that showed something new
  std::size_t findings = 0;
  duration taken{0};
  duration playing{0};  ///< of it; the rest is spent on proofs
};

/// Looks for what a target does wrong: makes exchanges of choices, plays them, many at a time,
/// judges each, and proves what is suspicious. What took a new turn is varied further.
class campaign {
public:
  /// `tell` gets each finding once it is proven; a crash has the requirement "crash", a target that
  /// grows or answers no more "liveness".
  using tell = std::function<void(const proof&)>;
  /// Called between slices of work; false ends the campaign.
  using look = std::function<bool(const campaign_figures&)>;

  campaign(stage& on,
           const std::vector<const grammar*>& grammars,
           const corpus& known,
           clock::clock& wall,
           const campaign_settings& how);

  /// Whether one of the grammars speaks to one of the endpoints: else there is nothing to play.
  bool fits() const { return !pairs_.empty(); }
  /// Goes on where the one ended that wrote `before`: what it kept is varied, what it found is
  /// known, and other choices are drawn.
  void resume(const notebook::content& before);
  /// Plays these first, and what took a new turn before.
  void begin_with(const std::vector<notebook::kept>& corpus);
  /// Writes down what it learns. Lifetime: `into` outlives the campaign.
  void write_to(notebook& into) { notebook_ = &into; }
  campaign_figures run(const tell& to, const look& at);

private:
  struct pair {
    const grammar* by;
    std::size_t stand;
  };
  struct try_out {
    pair of;
    std::vector<std::uint32_t> drawn;
  };

  bool over() const;
  bool is_late() const;
  std::optional<job> next();
  std::optional<try_out> find(const notebook::kept& what) const;
  job make(const try_out& what) const;
  void take(job&& played, record&& seen);
  void suspect(const reaction& shown, const job& played);
  void play_slice();
  void look_again();
  void look_into(const tell& to);
  std::vector<job> take_recent();
  bool crashes(const job& what, std::size_t at_a_time, proof& into);
  void see_crash(const std::string& how, std::vector<job>&& last, const tell& to);
  void see_liveness(const tell& to);

  stage& stage_;
  const corpus& known_;
  clock::clock& wall_;
  campaign_settings how_;
  std::vector<pair> pairs_;
  random_source random_;
  features features_;
  second_look look_;
  prover prover_;
  liveness liveness_;
  std::vector<std::pair<job, record>> samples_;  ///< of a slice, to be looked at again
  campaign_figures figures_;
  instant begun_{0};
  instant slice_ends_{0};
  std::uint64_t slice_left_ = 0;
  std::size_t refused_in_row_ = 0;
  std::deque<try_out> first_;  ///< to be played before anything is drawn
  std::vector<try_out> pool_;
  notebook* notebook_ = nullptr;
  std::vector<suspicion> suspicions_;
  std::set<finding_key> known_findings_;
  std::map<finding_key, std::size_t> doubted_;
  std::deque<suspicion> recent_;  ///< what was under way when a target died is among them
};

}  // namespace halley::fuzz
