#include "fuzz/live/prover.hpp"

#include "checks/finding.hpp"
#include "clock/clock.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/play_alone.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/second_look.hpp"
#include "fuzz/live/session.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/live/suspicion.hpp"
#include "fuzz/live/trimmer.hpp"
#include "fuzz/oracles/reactions.hpp"
#include "fuzz/shrinker.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::size_t remembered = 16;

}  // namespace

std::vector<reaction> findings_of(const record& seen, const std::string& contract, bool should) {
  if (seen.how == ending::refused) return {};
  auto found = judge_exchange(seen, contract);
  std::erase_if(found, [should](const reaction& one) {
    const auto level = one.what.broken.level;
    return level != checks::weight::must && (!should || level != checks::weight::should);
  });
  return found;
}

/// Plays it to where the target is now: it is started again elsewhere.
prover::attempt prover::try_exchange(exchange what, std::size_t at, const patience& how_long) {
  stage_.renew();
  attempt result;
  const auto play = [&] {
    const stand& where = stage_.stands().at(at);
    result.what = what.at == where.at ? what : moved_to(what, where.at);
    ++plays_;
    result.seen = play_alone(stage_, result.what, where.to, how_long);
  };
  play();
  // Something before may have ended the target.
  if (result.seen.how == ending::refused)
    if (auto how = stage_.crashed(); !how.empty()) {
      death_ = {std::move(how), {tried_.begin(), tried_.end()}};
      play();
    }
  tried_.push_back(std::move(what));
  if (tried_.size() > remembered) tried_.pop_front();
  return result;
}

std::optional<prover::death> prover::take_death() {
  if (!death_)
    if (auto how = stage_.crashed(); !how.empty())
      death_ = {std::move(how), {tried_.begin(), tried_.end()}};
  tried_.clear();
  return std::exchange(death_, std::nullopt);
}

prover::attempt prover::try_it(const suspicion& what,
                               const std::vector<std::uint32_t>& drawn,
                               const patience& how_long) {
  choices from(drawn);
  auto result = try_exchange(what.by->compose(from, stage_.stands().at(what.stand).at, known_),
                             what.stand, how_long);
  result.used = from.used();
  return result;
}

std::optional<reaction> prover::shown(const attempt& what,
                                      const finding_key& key,
                                      const patience& how_long) {
  if (second_look::is_kind(key.requirement)) {
    auto found = look_.look(key.requirement, what.what, what.seen, how_long);
    return found && found->variant == key.variant ? std::move(found) : std::nullopt;
  }
  for (auto& one : findings_of(what.seen, what.what.at.contract, how_.should))
    if (one.what.broken.id == key.requirement && one.variant == key.variant) return one;
  return std::nullopt;
}

bool prover::may_go_on() {
  if (plays_left_ == 0 || wall_.now() > ends_) return false;
  --plays_left_;
  return true;
}

std::vector<std::uint32_t> prover::fewest_choices(const suspicion& what) {
  return shrink(what.drawn,
                [&](const std::vector<std::uint32_t>& candidate)
                    -> std::optional<std::vector<std::uint32_t>> {
                  if (!may_go_on()) return std::nullopt;
                  const auto tried = try_it(what, candidate, how_.quick);
                  if (!shown(tried, what.key, how_.quick)) return std::nullopt;
                  return tried.used;
                });
}

exchange prover::smallest(const suspicion& what, exchange from) {
  return trim(std::move(from), [&](const exchange& candidate) {
    if (!may_go_on()) return false;
    const auto tried = try_exchange(candidate, what.stand, how_.quick);
    return shown(tried, what.key, how_.quick).has_value();
  });
}

std::optional<proof> prover::prove(const suspicion& what) {
  const std::size_t before = plays_;
  proof result;
  result.key = what.key;
  result.by = what.by;
  result.stand = what.stand;
  // Takes `candidate` where it shows the finding often enough, with all the time there is.
  const auto holds = [&](const exchange& candidate) {
    std::size_t yes = 0;
    for (std::size_t i = 0; i < how_.tries && yes < how_.wanted; ++i) {
      auto tried = try_exchange(candidate, what.stand, how_.slow);
      auto seen = shown(tried, what.key, how_.slow);
      if (!seen) continue;
      if (++yes < how_.wanted) continue;
      result.shown = std::move(*seen);
      result.smallest = std::move(tried.what);
      result.evidence = std::move(tried.seen);
    }
    return yes >= how_.wanted;
  };
  const auto composed = [&](const std::vector<std::uint32_t>& drawn) {
    choices from(drawn);
    return what.by->compose(from, stage_.stands().at(what.stand).at, known_);
  };
  // Most of what a busy target was suspected of is gone when it is asked alone, and to wait with
  // all patience for what does not come takes long.
  bool worth_waiting = false;
  for (std::size_t i = 0; i < how_.tries && !worth_waiting; ++i)
    worth_waiting =
        shown(try_exchange(composed(what.drawn), what.stand, how_.quick), what.key, how_.quick)
            .has_value();
  if (!worth_waiting || !holds(composed(what.drawn))) return std::nullopt;
  result.drawn = what.drawn;
  result.acts_before = result.smallest.acts.size();
  if (how_.shrink) {
    plays_left_ = how_.most_plays;
    ends_ = wall_.now() + how_.most_time;
    auto fewest = fewest_choices(what);
    // What is small but does not hold with patience is not what was found.
    if (holds(composed(fewest))) result.drawn = std::move(fewest);
    holds(smallest(what, result.smallest));
  }
  result.plays = plays_ - before;
  return result;
}

}  // namespace halley::fuzz
