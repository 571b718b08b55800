#include "scenario/matrix.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "scenario/cover.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {
namespace {

using parameter_list = std::vector<std::pair<std::string, value>>;

/// What an id cannot hold as it stands: its own punctuation, what terminals act on, and the star,
/// so that an id as a glob speaks of itself alone.
bool is_reserved(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet < 0x20 || octet == 0x7F || octet_view(",[]=%*").find(c) != octet_view::npos;
}

std::string escaped(const std::string& text) {
  constexpr octet_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    if (!is_reserved(c)) {
      result += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    result += '%';
    result += digits[octet >> 4U];
    result += digits[octet & 0x0FU];
  }
  return result;
}

/// Exclusions by index: parameter → forbidden values. An exclusion that names no value of the
/// matrix forbids nothing.
cover_problem to_indices(const scenario& of) {
  cover_problem result;
  for (const auto& parameter : of.matrix)
    result.sizes.push_back(parameter.second.size());
  for (const auto& combination : of.exclude) {
    exclusion indices(of.matrix.size());
    bool possible = true;
    for (const auto& [name, forbidden] : combination) {
      const auto found =
          std::ranges::find_if(of.matrix, [&](const auto& one) { return one.first == name; });
      if (found == of.matrix.end()) {
        possible = false;
        continue;
      }
      auto& chosen = indices[static_cast<std::size_t>(found - of.matrix.begin())];
      for (std::size_t i = 0; i < found->second.size(); ++i)
        if (std::ranges::any_of(forbidden,
                                [&](const value& one) { return equal(one, found->second[i]); }))
          chosen.push_back(i);
      if (chosen.empty()) possible = false;
    }
    if (possible) result.excluded.push_back(std::move(indices));
  }
  return result;
}

instance make_instance(const std::shared_ptr<const scenario>& of, parameter_list point) {
  auto id = instance_id(*of, point);
  return {of, std::move(point), std::move(id)};
}

/// The parameters of an `include`, in the order of the matrix; those it does not name have their
/// first value.
parameter_list included_point(const scenario& of, const value_map& extra) {
  parameter_list result;
  for (const auto& [name, values] : of.matrix) {
    const auto found =
        std::ranges::find_if(extra, [&](const auto& one) { return one.first == name; });
    result.emplace_back(name, found == extra.end() ? values.front() : found->second);
  }
  return result;
}

}  // namespace

std::vector<instance> expand(const std::shared_ptr<const scenario>& of, int t, std::uint64_t seed) {
  const auto indices = to_indices(*of);
  // The scenario's name is part of the seed: two scenarios of one shape do not share their choice.
  const auto own_seed = random_source::named(seed, of->id).next();
  std::vector<instance> result;
  for (const auto& point : cover(indices, t < 0 ? 0 : static_cast<std::size_t>(t), own_seed)) {
    parameter_list chosen;
    for (std::size_t i = 0; i < point.size(); ++i)
      chosen.emplace_back(of->matrix[i].first, of->matrix[i].second[point[i]]);
    result.push_back(make_instance(of, std::move(chosen)));
  }
  for (const auto& extra : of->include) {
    auto one = make_instance(of, included_point(*of, extra));
    const bool known =
        std::ranges::any_of(result, [&one](const instance& other) { return other.id == one.id; });
    if (!known) result.push_back(std::move(one));
  }
  return result;
}

int strength_of(const scenario& of, const std::string& level) {
  const auto found = of.strength.find(level);
  if (found != of.strength.end()) return found->second;
  if (level == "quick") return 1;
  return level == "normal" ? 2 : 0;
}

std::string instance_id(const scenario& of, const parameter_list& parameters) {
  if (parameters.empty()) return of.id;
  std::string result = of.id + "[";
  for (std::size_t i = 0; i < parameters.size(); ++i)
    result +=
        (i == 0 ? "" : ",") + parameters[i].first + "=" + escaped(to_text(parameters[i].second));
  return result + "]";
}

}  // namespace halley::scenario
