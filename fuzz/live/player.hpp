#pragma once

#include "clock/clock.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/session.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace halley::fuzz {

/// An exchange that is to be played, and what it was made of.
struct job {
  exchange what;
  transport::endpoint to;
  const grammar* by = nullptr;
  std::size_t stand = 0;  ///< which of the stage's
  std::vector<std::uint32_t> drawn;
};

/// Plays exchanges, so many at a time, each on a connection of its own.
class player {
public:
  /// Gives the next job; nothing where there is none for now.
  using source = std::function<std::optional<job>()>;
  /// Gets what came of each, in the order in which they end.
  using sink = std::function<void(job&&, record&&)>;

  player(transport::runtime& world, std::size_t at_a_time);
  ~player();
  player(const player&) = delete;
  player& operator=(const player&) = delete;

  /// Plays what `from` gives until it gives nothing more. Not while !idle().
  void begin(const patience& how_long, source from, sink to);
  bool idle() const { return playing_ == 0; }

private:
  struct lane;

  void start(lane& on);
  void fill(lane& on);
  void watch();

  transport::runtime& world_;
  std::vector<std::unique_ptr<lane>> lanes_;
  std::unique_ptr<clock::timer> ticks_;
  bool ticking_ = false;
  patience patience_;
  source from_;
  sink to_;
  std::size_t playing_ = 0;
  std::shared_ptr<const int> here_ = std::make_shared<const int>(0);  ///< expires with this
};

}  // namespace halley::fuzz
