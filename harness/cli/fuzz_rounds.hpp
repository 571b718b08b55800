#pragma once

#include "cli/fuzz_options.hpp"
#include "clock/clock.hpp"
#include "clock/steady_clock.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstddef>

namespace halley::cli {

/// How long and how often sequences are played: each as often as was said or `usual_runs` times, or
/// in turn, a few each, until their time is over. Where grammars follow, half of it is theirs.
class fuzz_rounds {
public:
  fuzz_rounds(const fuzz_options& options, bool grammars_follow, std::size_t usual_runs)
      : begun_(wall_.now()),
        ends_(options.time > duration(0) ? begun_ + options.time / (grammars_follow ? 2 : 1)
                                         : instant::max()),
        is_only_one_(options.runs != 0 || options.time == duration(0)),
        runs_(options.runs != 0 ? static_cast<std::size_t>(options.runs) : usual_runs) {}

  clock::clock& wall() { return wall_; }
  bool is_late() const { return wall_.now() >= ends_; }
  /// Whether each is played as often as it will be in one round.
  bool is_only_one() const { return is_only_one_; }
  /// How often each is played in a round; `few` where there are many rounds.
  std::size_t runs(std::size_t few) const { return is_only_one_ ? runs_ : few; }

  /// Takes what has passed off the time that was given, so that what follows has the rest.
  void take_off(fuzz_options& options) const {
    if (options.time > duration(0))
      options.time = std::max(duration(1), options.time - (wall_.now() - begun_));
  }

private:
  boost::asio::io_context context_{1};
  clock::steady_clock wall_{context_.get_executor()};
  instant begun_;
  instant ends_;
  bool is_only_one_;
  std::size_t runs_;
};

}  // namespace halley::cli
