#include "reports/run_model.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string_view>

namespace halley::reports {
namespace {

constexpr std::array<std::string_view, verdict_count> words = {"pass", "info", "warn",
                                                               "fail", "skip", "error"};

}  // namespace

std::string_view to_word(verdict of) {
  return words.at(static_cast<std::size_t>(of));
}

std::optional<verdict> verdict_from(std::string_view word) {
  const auto* const found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return std::nullopt;
  return static_cast<verdict>(found - words.begin());
}

std::uint64_t verdict_counts::total() const {
  return std::accumulate(of.begin(), of.end(), std::uint64_t{0});
}

const scenario_record* run_model::find_scenario(std::string_view scenario_id) const {
  const auto found = std::find_if(scenarios.begin(), scenarios.end(),
                                  [&](const auto& one) { return one.id == scenario_id; });
  return found == scenarios.end() ? nullptr : &*found;
}

const target_record* run_model::find_target(std::string_view name) const {
  const auto found = std::find_if(targets.begin(), targets.end(),
                                  [&](const auto& one) { return one.name == name; });
  return found == targets.end() ? nullptr : &*found;
}

const requirement_record* find_requirement(const run_model& model,
                                           const instance_result& of,
                                           std::string_view name) {
  if (const auto* const scenario = model.find_scenario(of.scenario)) {
    for (const auto& one : scenario->requirements)
      if (one.name == name || (!one.ledger.empty() && one.ledger == name)) return &one;
  }
  for (const auto& one : model.passive_requirements)
    if (one.name == name) return &one;
  return nullptr;
}

}  // namespace halley::reports
