#pragma once

#include "clock/clock.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/second_look.hpp"
#include "fuzz/live/session.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/live/suspicion.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace halley::fuzz {

struct proving {
  std::size_t wanted = 2;  ///< so many of `tries` have to show it
  std::size_t tries = 2;
  bool shrink = true;
  std::size_t most_plays = 5000;  ///< to shrink one
  duration most_time{0};          ///< by `wall`
  patience quick;                 ///< while shrinking
  patience slow;                  ///< for what counts
  bool should = false;            ///< whether what breaks a SHOULD counts, too
};

/// Decides whether a suspicion is true, on the target itself: plays it again, alone, with all the
/// time that a target is given anywhere; then makes it small.
class prover {
public:
  prover(stage& on, second_look& look, const corpus& known, clock::clock& wall, proving how)
      : stage_(on), look_(look), known_(known), wall_(wall), how_(how) {}

  /// Returns: nothing where it did not come true often enough.
  std::optional<proof> prove(const suspicion& what);
  struct death {
    std::string how;              ///< as stage::crashed() says
    std::vector<exchange> after;  ///< what was tried last
  };
  /// Whether the target ended while something was proven; once. It has been started again.
  std::optional<death> take_death();

private:
  struct attempt {
    exchange what;
    record seen;
    std::vector<std::uint32_t> used;
  };
  attempt try_it(const suspicion& what,
                 const std::vector<std::uint32_t>& drawn,
                 const patience& how_long);
  std::optional<reaction> shown(const attempt& what,
                                const finding_key& key,
                                const patience& how_long);
  attempt try_exchange(exchange what, std::size_t at, const patience& how_long);
  bool may_go_on();
  std::vector<std::uint32_t> fewest_choices(const suspicion& what);
  exchange smallest(const suspicion& what, exchange from);

  stage& stage_;
  second_look& look_;
  const corpus& known_;
  clock::clock& wall_;
  proving how_;
  std::size_t plays_ = 0;
  std::deque<exchange> tried_;
  std::optional<death> death_;
  std::size_t plays_left_ = 0;  ///< to make one small
  instant ends_{0};
};

/// What `seen` shows: MUST only, or SHOULD as well.
std::vector<reaction> findings_of(const record& seen, const std::string& contract, bool should);

}  // namespace halley::fuzz
