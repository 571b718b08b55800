#pragma once

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "fuzz/live/features.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/outcome.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/rehearsal.hpp"
#include "fuzz/scenes/scene.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halley::fuzz {

/// What was not the same from the target and the one that it is compared with.
struct scene_finding {
  finding what;
  scenario_writer written;
  std::vector<std::uint32_t> drawn;
  std::size_t cues_before = 0;  ///< before shrinking
  std::size_t runs = 0;         ///< scenes until it was found
};

/// Composes scenes, rehearses each with one target, and plays what was seen there as a scenario to
/// the other. The one that was rehearsed with passes what it is made of, or it counts for nothing.
class scene_search {
public:
  struct bounds {
    std::size_t runs = 0;
    std::function<bool()> is_late;  ///< where it says so nothing more is looked for; may be empty
    bool shrinks = true;
    std::size_t shrink_plays = 4000;
    duration shrink_time{0};
  };

  /// `elsewhere`: the same as `rehearsed` under other circumstances, with the key of
  /// `seed_elsewhere`; what is not the same there, a name or a number that it draws, is not
  /// expected.
  /// Lifetime: the stages outlive this.
  scene_search(stage& tested,
               stage& rehearsed,
               stage& elsewhere,
               clock::clock& wall,
               std::uint64_t seed,
               std::uint64_t seed_elsewhere);

  /// Looks with scenes of one kind. Returns: what was found first.
  std::optional<scene_finding> look(const scene_kind& with, const bounds& how);
  /// Scenes rehearsed so far, all kinds together.
  std::size_t played() const { return played_; }
  /// Of them, those that no scenario could be made of.
  std::size_t stuck() const { return stuck_; }

private:
  using numbers = std::vector<std::uint32_t>;
  struct attempt {
    numbers used;
    std::size_t cues = 0;
    scenario_writer written;
    std::optional<finding> found;
  };

  numbers draw(std::string_view kind);
  std::optional<attempt> try_it(const scene_kind& with, const numbers& drawn, bool is_new);
  std::optional<scenario_writer> rehearse(const scene_kind& with, scene& what, bool& is_news);
  std::optional<scenario_writer> rehearse_elsewhere(const scene_kind& with, const scene& what);
  scenario_writer learn(const rehearsal& seen,
                        const std::string& id,
                        stage& on,
                        std::uint64_t seed);
  std::optional<finding> shown(const scenario_writer& what);
  bool passes_rehearsed(const scenario_writer& what);
  scenario_writer fewest_steps(scenario_writer from, const finding& same, const bounds& how);

  stage& tested_;
  stage& rehearsed_;
  stage& elsewhere_;
  clock::clock& wall_;
  std::uint64_t seed_;
  std::uint64_t seed_elsewhere_;
  random_source random_;
  features features_;
  std::map<std::string, std::vector<numbers>, std::less<>> pools_;  ///< what showed something new
  std::size_t played_ = 0;
  std::size_t stuck_ = 0;
};

}  // namespace halley::fuzz
