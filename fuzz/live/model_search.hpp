#pragma once

#include "clock/clock.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/model.hpp"
#include "fuzz/outcome.hpp"
#include "fuzz/search.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace halley::fuzz {

/// What a target has to have for the sequences of `with`, and has not: a role, a capability that
/// its profile does not say yes to, or an endpoint. Empty where it has all.
std::string lacks(const model_entry& with, const scenario::profile& profile);

/// Looks for sequences of models that a target answers wrongly which lives on from one to the next.
/// What it answers once may be chance: it counts where it comes true again.
class model_search {
public:
  struct settings {
    std::size_t most_commands = 64;
    bool shrink = true;
    duration shrink_time = std::chrono::seconds(20);  ///< of one finding, by `wall`
    std::size_t wanted = 2;                           ///< so many of `tries` have to show it
    std::size_t tries = 2;
    std::size_t most_doubts = 3;  ///< so often a finding of one kind may fail to come true
  };

  model_search(stage& on, clock::clock& wall, const settings& how)
      : stage_(on), wall_(wall), how_(how) {}

  /// Plays `runs` sequences that follow from `seed`, fewer where it is late or something is found.
  search_result look(const model_entry& with,
                     std::uint64_t seed,
                     std::size_t runs,
                     const std::function<bool()>& is_late);
  /// Plays one more time. A target that ends meanwhile is a finding, "crash".
  outcome play(const std::shared_ptr<const scenario::scenario>& what);

  std::size_t unjudged() const { return unjudged_; }  ///< sequences that came to no end
  std::size_t doubts() const { return doubts_; }      ///< findings that did not come true again

private:
  outcome judge(const std::shared_ptr<const scenario::scenario>& what);
  bool comes_true(const search_result& what);

  stage& stage_;
  clock::clock& wall_;
  settings how_;
  bool found_ = false;
  instant ends_{0};  ///< of shrinking
  std::size_t unjudged_ = 0;
  std::size_t doubts_ = 0;
  std::map<std::string, std::size_t> doubted_;
};

}  // namespace halley::fuzz
