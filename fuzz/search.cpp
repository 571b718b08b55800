#include "fuzz/search.hpp"

#include "fuzz/choices.hpp"
#include "fuzz/model.hpp"
#include "fuzz/outcome.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/shrinker.hpp"
#include "fuzz/sim_runner.hpp"

#include <rapidcheck.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using elements = std::vector<std::uint32_t>;

/// RapidCheck's own shrinking is for the coarse work; what it leaves over the final pass does.
constexpr std::size_t most_shrink_runs = 3000;
constexpr int element_values = 256;
constexpr int largest_size = 120;

/// RapidCheck tells the console what it does; here only the result counts.
class silent final : public rc::detail::TestListener {
public:
  void onTestCaseFinished(const rc::detail::CaseDescription& /*one*/) override {}
  void onShrinkTried(const rc::detail::CaseDescription& /*one*/, bool /*accepted*/) override {}
  void onTestFinished(const rc::detail::TestMetadata& /*what*/,
                      const rc::detail::TestResult& /*how*/) override {}
};

/// Full range at every size: what grows is the number of elements.
rc::Gen<elements> any_elements() {
  return rc::gen::container<elements>(
      rc::gen::map(rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, element_values)),
                   [](int one) { return static_cast<std::uint32_t>(one); }));
}

/// One search under way.
class hunt {
public:
  hunt(const model_entry& with, const search_settings& how, const search_progress& progress)
      : with_(with), how_(how), progress_(progress), runner_(how.mutants) {}

  search_result run();

private:
  outcome play(const scenario_writer& what);
  bool judged(const elements& drawn);
  bool passes(const elements& drawn);
  std::optional<elements> still_found(const elements& drawn);
  void finish();

  const model_entry& with_;
  const search_settings& how_;
  const search_progress& progress_;
  sim_runner runner_;
  search_result result_;
  elements best_;
};

outcome hunt::play(const scenario_writer& what) {
  return how_.play ? how_.play(what.decoded()) : runner_.play(what.decoded(), how_.seed);
}

/// Whether RapidCheck is to take the sequence for good. After the first finding only the same
/// finding counts, and over the budget nothing is played.
bool hunt::passes(const elements& drawn) {
  if (!result_.broken.empty()) return true;
  if (result_.found && result_.shrink_runs >= most_shrink_runs) return true;
  if (!result_.found && how_.is_late && how_.is_late()) return true;
  auto made = compose(with_, choices(drawn), how_.most_commands);
  ++(result_.found ? result_.shrink_runs : result_.runs);
  if (!made.written.judges()) return true;
  const auto ended = play(made.written);
  if (!result_.found && progress_) progress_(result_.runs);
  // A hook that a broken gateway does not answer says nothing of the model.
  const bool blocked = !how_.mutants.empty() && ended.broken.starts_with("blocked");
  if (!blocked) result_.broken = ended.broken;
  if (!ended.found || (result_.found && !ended.found->same_as(*result_.found))) return true;
  if (!result_.found) {
    result_.found = ended.found;
    result_.steps_before = made.written.commands();
  }
  best_ = std::move(made.drawn);
  return false;
}

/// RapidCheck would take an exception for a finding. It is a fault of our own.
bool hunt::judged(const elements& drawn) {
  try {
    return passes(drawn);
  } catch (const std::exception& error) {
    result_.broken = error.what();
    return true;
  }
}

std::optional<elements> hunt::still_found(const elements& drawn) {
  auto made = compose(with_, choices(drawn), how_.most_commands);
  if (!made.written.judges()) return std::nullopt;
  ++result_.shrink_runs;
  const auto ended = play(made.written);
  if (!ended.found || !ended.found->same_as(*result_.found)) return std::nullopt;
  return std::move(made.drawn);
}

void hunt::finish() {
  if (!result_.found || !result_.broken.empty()) return;
  if (how_.shrink)
    best_ = shrink(best_, [this](const elements& candidate) { return still_found(candidate); });
  result_.smallest = compose(with_, choices(best_), how_.most_commands);
  // What it shows in its smallest form is what people read.
  const auto last = play(result_.smallest->written);
  if (last.found) result_.found = last.found;
}

search_result hunt::run() {
  rc::detail::TestParams params;
  params.seed = how_.seed;
  params.maxSuccess = static_cast<int>(how_.runs);
  params.maxSize = largest_size;
  params.disableShrinking = !how_.shrink;
  silent listener;
  const auto everything = any_elements();
  const std::unordered_map<std::string, rc::detail::Reproduce> none;
  rc::detail::checkTestable(
      [&] {
        const elements drawn = *everything;
        RC_ASSERT(judged(drawn));
      },
      rc::detail::TestMetadata(), params, listener, none);
  finish();
  return std::move(result_);
}

}  // namespace

test_case compose(const model_entry& with, choices from, std::size_t most_commands) {
  test_case result;
  const auto one = with.make();
  one->begin(result.written);
  std::size_t steps = 0;
  while (steps < most_commands && one->step(from, result.written))
    ++steps;
  one->end(result.written);
  result.drawn = from.used();
  return result;
}

search_result search(const model_entry& with,
                     const search_settings& how,
                     const search_progress& progress) {
  return hunt(with, how, progress).run();
}

}  // namespace halley::fuzz
