#include "engine/shard.hpp"

#include "base/random.hpp"
#include "scenario/scenario.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

constexpr std::size_t most_shards = 1000;

std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

/// The places of `all` in the order in which they are dealt out: by hash, so that neighbours in the
/// suite, which take about as long, go to different shards.
std::vector<std::size_t> dealing_order(const std::vector<scenario::instance>& all) {
  std::vector<std::tuple<bool, std::uint64_t, std::string_view, std::size_t>> order;
  order.reserve(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& tags = all[i].of->tags;
    const bool quick = std::ranges::find(tags, "slow") == tags.end();
    order.emplace_back(quick, stable_hash(all[i].id), all[i].id, i);
  }
  std::ranges::sort(order);
  std::vector<std::size_t> places;
  places.reserve(order.size());
  for (const auto& one : order)
    places.push_back(std::get<3>(one));
  return places;
}

/// Adds the scenarios that those in `names` stand after, and theirs.
void add_prerequisites(const std::vector<scenario::instance>& all, std::set<std::string>& names) {
  std::map<std::string_view, const scenario::scenario*> known;
  for (const auto& one : all)
    known.emplace(one.of->id, one.of.get());
  std::vector<std::string> open(names.begin(), names.end());
  while (!open.empty()) {
    const auto found = known.find(open.back());
    open.pop_back();
    if (found == known.end()) continue;
    for (const auto& id : found->second->after)
      if (names.insert(id).second) open.push_back(id);
  }
}

}  // namespace

std::optional<shard> parse_shard(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto i = number_of(text.substr(0, slash));
  const auto n = number_of(text.substr(slash + 1));
  if (!i || !n || *i < 1 || *i > *n || *n > most_shards) return std::nullopt;
  return shard{*i, *n};
}

shard_part take_shard(std::vector<scenario::instance> all, shard part) {
  std::vector<bool> own(all.size(), false);
  std::set<std::string> of_own;
  const auto places = dealing_order(all);
  for (std::size_t turn = part.i - 1; turn < places.size(); turn += part.n) {
    own[places[turn]] = true;
    of_own.insert(all[places[turn]].of->id);
  }
  // Prerequisites only: a scenario of one's own does not bring its other instances.
  std::set<std::string> before;
  for (const auto& one : all)
    if (of_own.contains(one.of->id)) before.insert(one.of->after.begin(), one.of->after.end());
  add_prerequisites(all, before);
  shard_part result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!own[i] && !before.contains(all[i].of->id)) continue;
    if (!own[i]) result.shared.push_back(all[i].id);
    result.instances.push_back(std::move(all[i]));
  }
  return result;
}

}  // namespace halley::engine
