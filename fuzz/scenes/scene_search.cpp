#include "fuzz/scenes/scene_search.hpp"

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/scenario_play.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/outcome.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/expectations.hpp"
#include "fuzz/scenes/rehearsal.hpp"
#include "fuzz/scenes/scene.hpp"
#include "fuzz/shrinker.hpp"
#include "fuzz/variation.hpp"
#include "trace/event.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr case_size of_a_scene{8, 80};
constexpr std::size_t most_kept = 1024;
constexpr int most_rehearsals = 4;
constexpr int times_before = 12;

std::string id_of(const scene_kind& with) {
  return "fuzz/" + std::string(with.name) + "/found";
}

}  // namespace

scene_search::scene_search(stage& tested,
                           stage& rehearsed,
                           stage& elsewhere,
                           clock::clock& wall,
                           std::uint64_t seed,
                           std::uint64_t seed_elsewhere)
    : tested_(tested),
      rehearsed_(rehearsed),
      elsewhere_(elsewhere),
      wall_(wall),
      seed_(seed),
      seed_elsewhere_(seed_elsewhere),
      random_(random_source::named(seed, "scenes")) {
}

/// Fresh choices, or some that showed something new, changed.
scene_search::numbers scene_search::draw(std::string_view kind) {
  const auto pool = pools_.find(kind);
  if (pool == pools_.end() || pool->second.empty() || random_.below(2) == 0)
    return fresh_numbers(random_, of_a_scene);
  return varied_numbers(random_, pool->second[random_.below(pool->second.size())], of_a_scene);
}

scenario_writer scene_search::learn(const rehearsal& seen,
                                    const std::string& id,
                                    stage& on,
                                    std::uint64_t seed) {
  own_words words = {{key_of(seed, id), "${key}"}};
  if (!seen.origin().empty()) words.emplace_back(seen.origin(), "${origin.authority}");
  for (const auto& one : on.stands())
    if (std::ranges::find(words, one.at.authority, &own_words::value_type::first) == words.end())
      words.emplace_back(one.at.authority, "${target." + one.at.contract + ".authority}");
  return seen.learnt(id, words);
}

/// What nobody can play to its end is played as far as it goes.
std::optional<scenario_writer> scene_search::rehearse(const scene_kind& with,
                                                      scene& what,
                                                      bool& is_news) {
  const auto id = id_of(with);
  for (int left = most_rehearsals; left > 0 && !what.cues.empty(); --left) {
    rehearsed_.renew();
    rehearsal seen(what);
    const auto ended =
        rehearsed_.play(seen.script(id).decoded(), [&](const trace::event& one) { seen.see(one); });
    if (!ended.broken.empty() || ended.found) {
      what.cues.resize(std::min(seen.reached(), what.cues.size() - 1));
      continue;
    }
    record all;
    all.events = seen.events();
    is_news = features_.take(all) > 0;
    return learn(seen, id, rehearsed_, seed_);
  }
  ++stuck_;
  return std::nullopt;
}

/// Behind another scene, so that what is counted is counted further.
std::optional<scenario_writer> scene_search::rehearse_elsewhere(const scene_kind& with,
                                                                const scene& what) {
  const auto id = id_of(with);
  elsewhere_.renew();
  choices none(numbers{});
  const auto before = all_scenes().front().compose(none, elsewhere_.stands());
  // More than nine times: what is counted has another number of digits then, too.
  for (int i = 0; i < times_before; ++i)
    elsewhere_.play(rehearsal(before).script("fuzz/before").decoded());
  rehearsal seen(what);
  const auto ended =
      elsewhere_.play(seen.script(id).decoded(), [&](const trace::event& one) { seen.see(one); });
  if (!ended.broken.empty() || ended.found) return std::nullopt;
  return learn(seen, id, elsewhere_, seed_elsewhere_);
}

std::optional<finding> scene_search::shown(const scenario_writer& what) {
  tested_.renew();
  auto ended = tested_.play(what.decoded());
  return ended.broken.empty() ? std::move(ended.found) : std::nullopt;
}

bool scene_search::passes_rehearsed(const scenario_writer& what) {
  rehearsed_.renew();
  const auto ended = rehearsed_.play(what.decoded());
  return ended.broken.empty() && !ended.found;
}

std::optional<scene_search::attempt> scene_search::try_it(const scene_kind& with,
                                                          const numbers& drawn,
                                                          bool is_new) {
  choices from(drawn);
  auto made = with.compose(from, rehearsed_.stands());
  attempt result;
  result.used = from.used();
  result.cues = made.cues.size();
  bool is_news = false;
  auto written = rehearse(with, made, is_news);
  if (!written || !written->judges()) return std::nullopt;
  auto& pool = pools_[std::string(with.name)];
  if (is_new && is_news && pool.size() < most_kept) pool.push_back(result.used);
  result.written = std::move(*written);
  result.found = shown(result.written);
  if (!result.found) return result;
  result.found.reset();
  const auto other = rehearse_elsewhere(with, made);
  auto both = other ? agreed(result.written, *other) : std::nullopt;
  if (!both || !both->judges()) return result;
  result.written = std::move(*both);
  result.found = shown(result.written);
  if (result.found && !passes_rehearsed(result.written)) result.found.reset();
  return result;
}

/// Leaves out steps as long as the rest shows the same to one and passes with the other.
scenario_writer scene_search::fewest_steps(scenario_writer from,
                                           const finding& same,
                                           const bounds& how) {
  const instant ends =
      how.shrink_time > duration(0) ? wall_.now() + how.shrink_time : instant::max();
  const auto holds = [&](const scenario_writer& less) {
    if (!less.judges()) return false;
    const auto now = shown(less);
    return now && now->same_as(same) && passes_rehearsed(less);
  };
  // From the end, where nothing depends on a step: spans first, single steps last.
  for (auto span = std::max<std::size_t>(1, from.steps() / 2); span > 0; span /= 2) {
    for (auto end = from.steps(); end >= span; --end) {
      if (wall_.now() > ends) return from;
      auto less = from.without(end - span, span);
      if (!holds(less)) continue;
      from = std::move(less);
      end = std::min(end, from.steps() + 1);
    }
  }
  for (std::size_t i = 0; i < from.steps(); ++i) {
    auto fewer = with_fewer_fields(from.step(i));
    for (std::size_t at = 0; at < fewer.size() && wall_.now() < ends; ++at) {
      auto less = from.with(i, fewer[at]);
      if (!holds(less)) continue;
      from = std::move(less);
      fewer = with_fewer_fields(from.step(i));
      at = std::size_t(-1);
    }
  }
  return from;
}

std::optional<scene_finding> scene_search::look(const scene_kind& with, const bounds& how) {
  for (std::size_t i = 0; i < how.runs; ++i) {
    if (how.is_late && how.is_late()) break;
    ++played_;
    auto tried = try_it(with, draw(with.name), true);
    if (!tried || !tried->found) continue;
    scene_finding result;
    result.runs = i + 1;
    result.cues_before = tried->cues;
    const finding first = *tried->found;
    auto plays = how.shrinks ? how.shrink_plays : 0;
    const instant ends =
        how.shrink_time > duration(0) ? wall_.now() + how.shrink_time : instant::max();
    result.drawn = shrink(tried->used, [&](const numbers& drawn) -> std::optional<numbers> {
      if (plays == 0 || wall_.now() > ends) return std::nullopt;
      --plays;
      auto again = try_it(with, drawn, false);
      if (!again || !again->found || !again->found->same_as(first)) return std::nullopt;
      return std::move(again->used);
    });
    auto smallest = try_it(with, result.drawn, false);
    if (!smallest || !smallest->found) continue;  // it did not come true again
    result.written = std::move(smallest->written);
    if (how.shrinks) result.written = fewest_steps(std::move(result.written), first, how);
    result.what = shown(result.written).value_or(first);
    return result;
  }
  return std::nullopt;
}

}  // namespace halley::fuzz
