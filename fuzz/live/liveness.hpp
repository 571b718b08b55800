#pragma once

#include "clock/clock.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/growth_watch.hpp"
#include "fuzz/live/probe.hpp"
#include "fuzz/live/session.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/live/suspicion.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace halley::fuzz {

struct liveness_limits {
  growth_limits growth = {};
  duration answer = std::chrono::seconds(5);  ///< that a probe is given, twice
  /// That a target is left alone before what it holds counts as kept: connections that linger.
  duration rest = std::chrono::seconds(60);
};

/// Watches whether a target is still able to serve: what it holds while no connection is open, and
/// whether it answers something well-formed while nothing else is under way.
/// Nothing may be under way when it is called.
class liveness {
public:
  liveness(stage& on, const corpus& known, clock::clock& wall, const liveness_limits& limits)
      : stage_(on), known_(known), wall_(wall), limits_(limits), growth_(limits.growth) {}

  /// Before anything is played: a probe that is not answered now says nothing later.
  void begin();
  /// Returns: a finding "liveness" without the exchange that does it.
  std::optional<proof> look();
  /// Plays the last exchanges again to a target that was started anew, the latest first, until it
  /// answers no more, and puts what was played into `into`; all of `recent` where that shows
  /// nothing. Limits: `most_time`, but for the play that is under way then.
  void find_out(const std::deque<suspicion>& recent,
                const patience& how_long,
                duration most_time,
                proof& into);
  /// A target that serves again, where that can be had; else it is not probed any more.
  void renew();

private:
  bool keeps_it_when_left_alone();
  bool answers();
  bool is_gone() { return !answers() && !answers(); }
  void play_until_gone(const std::deque<suspicion>& recent,
                       const patience& how_long,
                       instant end,
                       proof& into);

  stage& stage_;
  const corpus& known_;
  clock::clock& wall_;
  liveness_limits limits_;
  growth_watch growth_;
  std::optional<probe> probe_;
};

/// What exchanges the choices make, in that order.
std::vector<exchange> composed(const std::deque<suspicion>& of,
                               const stage& on,
                               const corpus& known);

}  // namespace halley::fuzz
