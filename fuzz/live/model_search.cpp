#include "fuzz/live/model_search.hpp"

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/model.hpp"
#include "fuzz/outcome.hpp"
#include "fuzz/search.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::string_view crash = "crash";
constexpr std::string_view reference = "${target.";
/// Sequences that are looked at for what a model needs, and the choices of each.
constexpr int samples = 16;
constexpr std::size_t sampled_choices = 200;
constexpr std::size_t sampled_commands = 64;

std::string_view word_of(scenario::role one) {
  if (one == scenario::role::server) return "server";
  return one == scenario::role::client ? "client" : "proxy";
}

/// What stands behind ${target. in the text: "ws.echo", "http.longpoll.path".
void add_references(std::string_view text, std::set<std::string, std::less<>>& to) {
  for (auto at = text.find(reference); at != text.npos; at = text.find(reference, at)) {
    at += reference.size();
    to.emplace(text.substr(at, text.find('}', at) - at));
  }
}

bool names_endpoint(std::string_view one, const scenario::profile& profile) {
  return std::ranges::any_of(profile.endpoints, [&](const auto& known) {
    return one == known.first || (one.starts_with(known.first) && one[known.first.size()] == '.');
  });
}

std::string key_of(const finding& what) {
  return what.requirement + '\n' + what.variant;
}

}  // namespace

std::string lacks(const model_entry& with, const scenario::profile& profile) {
  auto random = random_source::named(1, "what models need");
  std::set<std::string, std::less<>> endpoints;
  for (int i = 0; i < samples; ++i) {
    std::vector<std::uint32_t> drawn(sampled_choices);
    for (auto& one : drawn)
      one = static_cast<std::uint32_t>(random.below(256));
    const auto made = compose(with, choices(std::move(drawn)), sampled_commands);
    if (!made.written.judges()) continue;
    const auto what = made.written.decoded();
    const std::string role(word_of(what->sut));
    if (std::ranges::find(profile.roles, role) == profile.roles.end()) return "role " + role;
    for (const auto& need : what->needs) {
      const auto said = std::ranges::find_if(profile.capabilities,
                                             [&](const auto& one) { return one.first == need; });
      if (said == profile.capabilities.end() ||
          said->second.state != scenario::capability_state::yes)
        return "capability " + need;
    }
    add_references(made.written.yaml(), endpoints);
  }
  for (const auto& one : endpoints)
    if (!names_endpoint(one, profile)) return "endpoint " + one;
  return {};
}

outcome model_search::play(const std::shared_ptr<const scenario::scenario>& what) {
  stage_.renew();
  auto ended = stage_.play(what);
  if (const auto how = stage_.crashed(); !how.empty())
    return {finding{std::string(crash), how, "a target that goes on", how}, {}};
  return ended;
}

/// Over the budget nothing is played, so that shrinking comes to its end.
outcome model_search::judge(const std::shared_ptr<const scenario::scenario>& what) {
  if (found_ && wall_.now() > ends_) return {};
  auto ended = play(what);
  if (!ended.broken.empty()) {
    // A connection that is refused, a hook that is not answered: nothing about the model.
    ++unjudged_;
    return {};
  }
  if (!ended.found) return ended;
  const auto doubted = doubted_.find(key_of(*ended.found));
  if (doubted != doubted_.end() && doubted->second >= how_.most_doubts) return {};
  if (!std::exchange(found_, true)) ends_ = wall_.now() + how_.shrink_time;
  return ended;
}

bool model_search::comes_true(const search_result& what) {
  const auto again = what.smallest->written.decoded();
  std::size_t yes = 0;
  for (std::size_t i = 0; i < how_.tries && yes < how_.wanted; ++i) {
    const auto ended = play(again);
    if (ended.found && ended.found->same_as(*what.found)) ++yes;
  }
  return yes >= how_.wanted;
}

search_result model_search::look(const model_entry& with,
                                 std::uint64_t seed,
                                 std::size_t runs,
                                 const std::function<bool()>& is_late) {
  search_settings how;
  how.seed = seed;
  how.runs = runs;
  how.most_commands = how_.most_commands;
  how.shrink = how_.shrink;
  how.is_late = is_late;
  how.play = [this](const auto& what) { return judge(what); };
  found_ = false;
  auto result = search(with, how);
  if (result.broken.empty() && result.found && !comes_true(result)) {
    ++doubts_;
    ++doubted_[key_of(*result.found)];
    result.found.reset();
  }
  return result;
}

}  // namespace halley::fuzz
