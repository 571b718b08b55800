#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/scenario_writer.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::fuzz {

/// One step of a party: what a scenario file says in one step, without any expectation.
struct stage_move {
  enum class kind {
    open,    ///< a connection to the endpoint of the contract `word`
    say,     ///< `data`, as octets
    close,   ///< `word`: fin, rst, write
    accept,  ///< the next connection of a server
    hook,    ///< `word` with `arguments`
    keep,    ///< waits for a response, and keeps its Set-Cookie as ${cookie}
  };
  kind what = kind::say;
  actor_of who;
  std::string word;
  value data;
  std::vector<std::pair<std::string, value>> arguments;
  std::uint32_t segment = 0;  ///< octets in each segment of `data`; 0 = whole
};

/// How long what comes of a cue is waited for. Timers of targets are round numbers: a cue that
/// ended with one would see it fire on one day and not on another.
inline constexpr std::chrono::milliseconds usual_length{390};

/// What happens at one time, and how long what comes of it is waited for.
struct cue {
  std::string name;  ///< for people, "publish 3"
  std::vector<stage_move> moves;
  std::chrono::milliseconds length = usual_length;
};

/// What several parties do with a target: clients on connections of their own, a publisher, an
/// origin behind it. Nothing says what has to come of it; a rehearsal does.
struct scene {
  std::vector<cue> cues;
  bool proxied = false;  ///< an origin takes part, and the target is a proxy
};

/// Makes scenes of one kind: a pure function of the choices, 0 the simplest.
struct scene_kind {
  std::string_view name;
  std::string_view about;
  scene (*compose)(choices& from, const std::vector<stand>& stands);
};

/// Every kind of scene: the explicit list.
std::span<const scene_kind> all_scenes();
const scene_kind* find_scene(std::string_view name);

}  // namespace halley::fuzz
