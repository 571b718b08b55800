#include "reports/failures.hpp"

#include "reports/baseline.hpp"
#include "reports/run_model.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

/// Parameters beyond this many are left out of the search, which tries every subset.
constexpr std::size_t parameters_searched = 10;

const std::string* value_of(const matrix_point& point, std::string_view name) {
  for (const auto& [key, value] : point.params)
    if (key == name) return &value;
  return nullptr;
}

bool holds(const condition& one, const matrix_point& point) {
  const auto* const value = value_of(point, one.name);
  return value != nullptr &&
         std::find(one.values.begin(), one.values.end(), *value) != one.values.end();
}

/// For each parameter that takes more than one value: the values that failed points have. A
/// parameter whose every value fails somewhere says nothing and is left out.
std::vector<condition> candidate_conditions(const std::vector<matrix_point>& points) {
  std::vector<std::string> names;
  std::map<std::string, std::set<std::string>> all;
  std::map<std::string, std::vector<std::string>> failed;
  for (const auto& point : points) {
    for (const auto& [name, value] : point.params) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      all[name].insert(value);
      auto& values = failed[name];
      if (point.failed && std::find(values.begin(), values.end(), value) == values.end())
        values.push_back(value);
    }
  }
  std::vector<condition> result;
  for (const auto& name : names)
    if (failed[name].size() < all[name].size()) result.push_back({name, failed[name]});
  if (result.size() > parameters_searched) result.resize(parameters_searched);
  return result;
}

std::vector<condition> chosen(const std::vector<condition>& from, std::uint32_t subset) {
  std::vector<condition> result;
  for (std::size_t i = 0; i < from.size(); ++i)
    if (((subset >> i) & 1U) != 0) result.push_back(from[i]);
  return result;
}

bool separates(const std::vector<condition>& conditions, const std::vector<matrix_point>& points) {
  return std::all_of(points.begin(), points.end(), [&](const auto& point) {
    return point.failed == std::all_of(conditions.begin(), conditions.end(),
                                       [&](const auto& one) { return holds(one, point); });
  });
}

std::size_t value_count(const std::vector<condition>& conditions) {
  std::size_t result = 0;
  for (const auto& one : conditions)
    result += one.values.size();
  return result;
}

std::string to_text(const std::vector<condition>& conditions) {
  std::string text;
  for (const auto& one : conditions) {
    if (!text.empty()) text += " & ";
    text += one.name + "=";
    for (std::size_t i = 0; i < one.values.size(); ++i)
      text += (i == 0 ? "" : "|") + one.values[i];
  }
  return text;
}

matrix_point point_of(const instance_result& one, bool failed) {
  matrix_point point{one.params, failed};
  if (!one.segmentation.empty()) point.params.emplace_back("segmentation", one.segmentation);
  if (!one.network.empty()) point.params.emplace_back("network", one.network);
  return point;
}

bool judged(const instance_result& one) {
  return !one.superseded && one.outcome != verdict::skip && one.outcome != verdict::error;
}

bool passed(const instance_result& one) {
  return one.outcome != verdict::fail;
}

}  // namespace

std::vector<failure_group> group_results(const run_model& model, verdict of) {
  std::vector<failure_group> result;
  std::map<std::pair<std::string, std::string>, std::size_t> played;
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> index;
  for (std::size_t i = 0; i < model.results.size(); ++i) {
    const auto& one = model.results[i];
    if (judged(one)) ++played[{one.scenario, one.target}];
    if (one.superseded || one.outcome != of || shown_as(one) != of) continue;
    const auto [place, fresh] =
        index.emplace(std::tuple(one.scenario, one.target, one.fingerprint), result.size());
    if (fresh) result.emplace_back();
    result[place->second].members.push_back(i);
  }
  for (auto& group : result) {
    const auto& first = model.results[group.members.front()];
    group.played = played[{first.scenario, first.target}];
  }
  return result;
}

std::vector<condition> smallest_combination(const std::vector<matrix_point>& points) {
  const auto candidates = candidate_conditions(points);
  std::optional<std::vector<condition>> best;
  for (std::uint32_t subset = 1; subset < (std::uint32_t{1} << candidates.size()); ++subset) {
    const auto size = static_cast<std::size_t>(std::popcount(subset));
    if (best && size > best->size()) continue;
    auto conditions = chosen(candidates, subset);
    if (best && size == best->size() && value_count(conditions) >= value_count(*best)) continue;
    if (separates(conditions, points)) best = std::move(conditions);
  }
  return best.value_or(std::vector<condition>());
}

std::string describe_group(const run_model& model, const failure_group& group) {
  if (group.played < 2) return {};
  const std::set<std::size_t> members(group.members.begin(), group.members.end());
  const auto& first = model.results[group.members.front()];
  std::vector<matrix_point> points;
  bool others_pass = true;
  for (std::size_t i = 0; i < model.results.size(); ++i) {
    const auto& one = model.results[i];
    if (one.scenario != first.scenario || one.target != first.target || !judged(one)) continue;
    const bool member = members.contains(i);
    others_pass = others_pass && (member || passed(one));
    points.push_back(point_of(one, member));
  }
  const auto counts =
      " (" + std::to_string(members.size()) + " of " + std::to_string(points.size()) + ")";
  if (members.size() == points.size()) return "fails for every combination" + counts;
  const std::string rest = others_pass ? "; all others pass" : "; others fail differently";
  const auto conditions = smallest_combination(points);
  if (!conditions.empty()) return "fails for " + to_text(conditions) + counts + rest;
  // No set of values separates them; what all failures share is still a lead.
  auto common = candidate_conditions(points);
  std::erase_if(common, [](const condition& one) { return one.values.size() != 1; });
  const auto always = common.empty() ? std::string() : ", always with " + to_text(common);
  return "fails in " + std::to_string(members.size()) + " of " + std::to_string(points.size()) +
         always + rest;
}

}  // namespace halley::reports
