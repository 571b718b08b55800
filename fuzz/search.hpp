#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/model.hpp"
#include "fuzz/outcome.hpp"
#include "fuzz/scenario_writer.hpp"
#include "scenario/scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace halley::fuzz {

/// One test case: what was drawn, and the scenario that it stands for.
struct test_case {
  std::vector<std::uint32_t> drawn;
  scenario_writer written;
};

/// Decodes `from` with the model `with`, at most `most_commands` of them.
test_case compose(const model_entry& with, choices from, std::size_t most_commands);

struct search_settings {
  std::uint64_t seed = 1;
  std::size_t runs = 1000;
  std::size_t most_commands = 64;
  std::set<std::string> mutants;
  bool shrink = true;
  /// Plays a sequence where it is not to be in a simulated world of its own; may be empty.
  std::function<outcome(const std::shared_ptr<const scenario::scenario>&)> play = {};
  std::function<bool()> is_late;  ///< where it says so nothing more is looked for; may be empty
};

/// What a search came to.
struct search_result {
  std::size_t runs = 0;         ///< sequences until the first finding, or all
  std::size_t shrink_runs = 0;  ///< sequences more, to make it small
  std::size_t steps_before = 0;
  std::optional<finding> found;
  std::optional<test_case> smallest;  ///< that still shows it
  std::string broken;                 ///< a fault of the model: nothing else counts then
};

/// Called after each sequence of the first phase.
using search_progress = std::function<void(std::size_t runs)>;

/// Looks for a sequence of `with` that the gateway answers wrongly: RapidCheck generates vectors of
/// choices, and shrinks what fails; a final pass shrinks what is left. The same settings find the
/// same.
search_result search(const model_entry& with,
                     const search_settings& how,
                     const search_progress& progress = {});

}  // namespace halley::fuzz
