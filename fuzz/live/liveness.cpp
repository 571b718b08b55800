#include "fuzz/live/liveness.hpp"

#include "checks/finding.hpp"
#include "clock/clock.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/growth_watch.hpp"
#include "fuzz/live/play_alone.hpp"
#include "fuzz/live/probe.hpp"
#include "fuzz/live/session.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/live/suspicion.hpp"

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr auto unanswered = "probe-unanswered";

proof finding_of(growth_watch::verdict seen) {
  proof result;
  result.key = {"liveness", seen.variant};
  result.shown.variant = std::move(seen.variant);
  auto& shown = result.shown.what;
  shown.broken = {"liveness", "", checks::weight::must, "A server goes on serving."};
  shown.expected = std::move(seen.expected);
  shown.got = std::move(seen.got);
  return result;
}

exchange compose(const suspicion& one, const stand& where, const corpus& known) {
  choices from(one.drawn);
  return one.by->compose(from, where.at, known);
}

}  // namespace

std::vector<exchange> composed(const std::deque<suspicion>& of,
                               const stage& on,
                               const corpus& known) {
  std::vector<exchange> result;
  result.reserve(of.size());
  for (const suspicion& one : of)
    result.push_back(compose(one, on.stands().at(one.stand), known));
  return result;
}

void liveness::begin() {
  probe_ = probe_of(stage_.stands());
  if (probe_ && is_gone()) probe_.reset();
}

bool liveness::answers() {
  patience given;
  given.quiet = given.whole = limits_.answer;
  const stand& where = stage_.stands().at(probe_->stand);
  return is_answered(play_alone(stage_, probe_->what, where.to, given));
}

bool liveness::keeps_it_when_left_alone() {
  constexpr duration step = 1s;
  for (duration waited{0}; waited < limits_.rest; waited += step) {
    wait_alone(stage_, step);
    const auto now = stage_.held();
    if (!now || !growth_.is_over(*now)) return false;
  }
  return true;
}

std::optional<proof> liveness::look() {
  if (const auto now = stage_.held()) {
    if (auto grown = growth_.look(*now)) {
      if (keeps_it_when_left_alone()) return finding_of(std::move(*grown));
      growth_.gave_back(*now);
    }
  }
  if (!probe_ || !is_gone()) return std::nullopt;
  const auto seconds = std::chrono::duration<double>(limits_.answer).count();
  return finding_of({unanswered,
                     "an answer to " + std::string(probe_->what.at.contract) + " within " +
                         std::to_string(static_cast<int>(seconds)) + " s",
                     "none, asked twice while nothing else was under way"});
}

void liveness::renew() {
  const bool fresh = stage_.restart();
  const bool probed = probe_.has_value();
  // Its addresses may be others now.
  probe_ = fresh && probed ? probe_of(stage_.stands()) : std::nullopt;
}

void liveness::find_out(const std::deque<suspicion>& recent,
                        const patience& how_long,
                        duration most_time,
                        proof& into) {
  renew();
  if (into.key.variant == unanswered && probe_)
    play_until_gone(recent, how_long, wall_.now() + most_time, into);
  if (into.last.empty()) into.last = composed(recent, stage_, known_);
}

void liveness::play_until_gone(const std::deque<suspicion>& recent,
                               const patience& how_long,
                               instant end,
                               proof& into) {
  std::vector<exchange> played;
  for (auto one = recent.rbegin(); one != recent.rend() && wall_.now() < end; ++one) {
    const stand where = stage_.stands().at(one->stand);
    auto what = compose(*one, where, known_);
    played.push_back(what);
    auto seen = play_alone(stage_, what, where.to, how_long);
    ++into.plays;
    if (!is_gone()) continue;
    into.by = one->by;
    into.stand = one->stand;
    into.drawn = one->drawn;
    into.smallest = std::move(what);
    into.evidence = std::move(seen);
    into.last = std::move(played);
    into.acts_before = into.smallest.acts.size();
    renew();
    return;
  }
}

}  // namespace halley::fuzz
