#pragma once

#include "fuzz/outcome.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/scene.hpp"
#include "trace/event.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {

/// What stands for itself in a file rather than as it is here: {"kab12", "${key}"}.
using own_words = std::vector<std::pair<std::string, std::string>>;

/// What was seen while a scene was played: of each cue, each connection's events, in order.
class rehearsal {
public:
  explicit rehearsal(const scene& what);

  /// Takes the events of a run, in order.
  void see(const trace::event& one);

  /// The scene as a scenario without expectations, to be rehearsed.
  scenario_writer script(const std::string& id) const;
  /// The same scenario, and behind each cue what was seen: whoever does otherwise fails.
  scenario_writer learnt(const std::string& id, const own_words& words) const;
  /// Which cue was under way last; where a rehearsal is stuck, those before it can be played.
  std::size_t reached() const { return cue_; }
  /// Where the origin was reached, "127.0.0.1:8081"; empty where it was not.
  const std::string& origin() const { return origin_; }
  /// All that was seen, for those who look for what is new.
  const std::vector<trace::event>& events() const { return events_; }

private:
  struct seen_on {
    actor_of who;
    std::vector<std::size_t> events;
  };
  struct line {
    std::string label;  ///< of the trace, "c1"
    actor_of who;
  };

  const actor_of* who_of(const trace::event& one);
  scenario_writer begun(const std::string& id) const;
  void play(const cue& one, scenario_writer& to, bool rehearsed) const;

  const scene& scene_;
  std::vector<std::size_t> cue_of_step_;  ///< by number of the step, from 1
  std::vector<line> lines_;
  std::vector<actor_of> opened_;    ///< by clients, in order
  std::vector<actor_of> accepted_;  ///< by servers, in order
  std::size_t clients_seen_ = 0;
  std::size_t servers_seen_ = 0;
  std::size_t cue_ = 0;
  std::string origin_;
  std::vector<trace::event> events_;
  std::vector<std::vector<seen_on>> seen_;  ///< by cue
};

}  // namespace halley::fuzz
