#pragma once

#include "cli/fuzz_options.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/scenes/scene.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace halley::fuzz {
struct scene_finding;
}

namespace halley::cli {

/// Scenes of several kinds in turn, in simulation: what the gateway as it is does in them is what
/// is expected of the one that is tested.
class scene_round {
public:
  scene_round(const std::vector<const fuzz::scene_kind*>& kinds,
              const fuzz_options& options,
              const command_context& context);
  ~scene_round();
  scene_round(const scene_round&) = delete;
  scene_round& operator=(const scene_round&) = delete;

  /// Plays `runs` of each kind that nothing was found with yet.
  /// Returns: the exit code so far.
  int play(std::size_t runs, const std::function<bool()>& is_late);
  bool is_done() const { return kinds_.empty() || findings_ >= options_.most_findings; }
  void summarize() const;
  std::size_t findings() const { return findings_; }

private:
  struct world;

  void show(const fuzz::scene_kind& kind, const fuzz::scene_finding& what) const;
  int keep(const fuzz::scene_kind& kind, const fuzz::scene_finding& what);

  std::vector<const fuzz::scene_kind*> kinds_;
  const fuzz_options& options_;
  const command_context& context_;
  std::unique_ptr<world> world_;
  std::size_t findings_ = 0;
  int worst_ = 0;
};

}  // namespace halley::cli
