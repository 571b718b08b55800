#include "fuzz/live/campaign.hpp"

#include "base/random.hpp"
#include "checks/finding.hpp"
#include "clock/clock.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/liveness.hpp"
#include "fuzz/live/notebook.hpp"
#include "fuzz/live/play_alone.hpp"
#include "fuzz/live/player.hpp"
#include "fuzz/live/prover.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/second_look.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/live/suspicion.hpp"
#include "fuzz/oracles/reactions.hpp"
#include "fuzz/variation.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

/// Of a target on sockets. Each ends with a wait for those that say nothing more.
constexpr auto slice_length = std::chrono::seconds(3);
/// In a row: then the target is gone.
constexpr std::size_t most_refused = 16;
constexpr std::uint64_t slice_of_simulation = 4096;
constexpr std::size_t most_kept = 4096;
constexpr std::size_t most_suspicions = 16;  // of one slice
constexpr std::size_t remembered = 256;
constexpr std::size_t most_samples = 64;  // of a slice of simulation
constexpr std::size_t most_live_samples = 128;
constexpr std::uint64_t one_sample_in = 16;
constexpr auto looking_for_crash = std::chrono::seconds(60);
constexpr auto looking_again = std::chrono::seconds(1);

liveness_limits with_room(liveness_limits limits, std::size_t jobs) {
  limits.growth.descriptors += 2 * jobs;
  return limits;
}

}  // namespace

campaign::campaign(stage& on,
                   const std::vector<const grammar*>& grammars,
                   const corpus& known,
                   clock::clock& wall,
                   const campaign_settings& how)
    : stage_(on),
      known_(known),
      wall_(wall),
      how_(how),
      random_(random_source::named(how.seed, "campaign")),
      look_(on, how.others),
      prover_(on, look_, known, wall, how.proof),
      liveness_(on, known, wall, with_room(how.alive, how.jobs)) {
  for (const grammar* one : grammars)
    for (std::size_t i = 0; i < on.stands().size(); ++i)
      if (one->fits(on.stands()[i].at.contract)) pairs_.push_back({one, i});
}

bool campaign::over() const {
  if (pairs_.empty() || figures_.findings >= how_.most_findings) return true;
  if (how_.runs != 0 && figures_.played >= how_.runs) return true;
  return is_late();
}

bool campaign::is_late() const {
  return how_.time > duration(0) && wall_.now() - begun_ >= how_.time;
}

std::optional<campaign::try_out> campaign::find(const notebook::kept& what) const {
  for (const pair& one : pairs_)
    if (one.by->name == what.grammar && stage_.stands()[one.stand].at.contract == what.contract)
      return try_out{one, what.drawn};
  return std::nullopt;
}

void campaign::begin_with(const std::vector<notebook::kept>& corpus) {
  for (const auto& one : corpus)
    if (auto known = find(one)) first_.push_back(std::move(*known));
}

void campaign::resume(const notebook::content& before) {
  begin_with(before.all_kept);
  for (const auto& one : before.all_found) {
    known_findings_.insert(one.key);
    ++figures_.findings;
  }
  figures_.played = before.played;
  random_ = random_source::named(how_.seed, "campaign", before.played);
}

job campaign::make(const try_out& what) const {
  const stand& where = stage_.stands()[what.of.stand];
  choices from(what.drawn);
  job result;
  result.what = what.of.by->compose(from, where.at, known_);
  result.to = where.to;
  result.by = what.of.by;
  result.stand = what.of.stand;
  result.drawn = from.used();
  return result;
}

/// What was kept first; then fresh choices, or ones that took a new turn before, changed.
std::optional<job> campaign::next() {
  if (slice_left_ == 0 || suspicions_.size() >= most_suspicions) return std::nullopt;
  if (!stage_.simulated() && (refused_in_row_ >= most_refused || wall_.now() >= slice_ends_))
    return std::nullopt;
  --slice_left_;
  if (!first_.empty()) {
    const auto kept = std::move(first_.front());
    first_.pop_front();
    return make(kept);
  }
  if (pool_.empty() || random_.below(2) == 0)
    return make({pairs_[random_.below(pairs_.size())], fresh_numbers(random_, {})});
  const try_out& before = pool_[random_.below(pool_.size())];
  return make({before.of, varied_numbers(random_, before.drawn, {})});
}

void campaign::take(job&& played, record&& seen) {
  ++figures_.played;
  const bool refused = seen.how == ending::refused;
  if (refused) ++figures_.refused;
  refused_in_row_ = refused ? refused_in_row_ + 1 : 0;
  const std::string& contract = stage_.stands()[played.stand].at.contract;
  const std::size_t fresh = features_.take(seen);
  // What several connections reached at a time is put down to the one that ended.
  const std::size_t reached = stage_.new_coverage();
  figures_.reached += reached;
  if (fresh + reached > 0 && pool_.size() < most_kept) {
    pool_.push_back({{played.by, played.stand}, played.drawn});
    if (notebook_ != nullptr)
      notebook_->keep({std::string(played.by->name), contract, played.drawn});
  }
  // Nothing reaches a target that is gone, and what ended it is among those before.
  if (refused) return;
  if (!stage_.simulated()) {
    recent_.push_back({{}, played.by, played.stand, played.drawn});
    if (recent_.size() > remembered) recent_.pop_front();
  }
  for (const auto& one : findings_of(seen, contract, how_.proof.should))
    suspect(one, played);
  if (samples_.size() < (stage_.simulated() ? most_samples : most_live_samples) &&
      random_.below(one_sample_in) == 0)
    samples_.emplace_back(std::move(played), std::move(seen));
}

void campaign::suspect(const reaction& shown, const job& played) {
  finding_key key{shown.what.broken.id, shown.variant};
  if (known_findings_.contains(key) || doubted_[key] >= how_.most_doubts) return;
  const auto same = [&key](const suspicion& other) { return other.key == key; };
  if (std::ranges::any_of(suspicions_, same)) return;
  suspicions_.push_back({std::move(key), played.by, played.stand, played.drawn});
}

/// Some of the slice's exchanges are played again, cut otherwise and to other targets.
void campaign::look_again() {
  const auto samples = std::exchange(samples_, {});
  const instant end = wall_.now() + looking_again;
  for (const auto& [played, seen] : samples)
    for (const std::string& kind : look_.kinds()) {
      if (!stage_.simulated() && wall_.now() > end) return;
      if (const auto found = look_.look(kind, played.what, seen, how_.proof.quick))
        suspect(*found, played);
    }
}

void campaign::play_slice() {
  stage_.renew();
  slice_left_ = stage_.simulated() ? slice_of_simulation : std::uint64_t(-1);
  if (how_.runs != 0) slice_left_ = std::min(slice_left_, how_.runs - figures_.played);
  refused_in_row_ = 0;
  slice_ends_ = wall_.now() + slice_length;
  if (how_.time > duration(0)) slice_ends_ = std::min(slice_ends_, begun_ + how_.time);
  player playing(stage_.runtime(), how_.jobs);
  playing.begin(
      how_.proof.quick, [this] { return next(); },
      [this](job&& played, record&& seen) { take(std::move(played), std::move(seen)); });
  const instant began = wall_.now();
  stage_.run([&] { return playing.idle(); });
  figures_.playing += wall_.now() - began;
}

void campaign::look_into(const tell& to) {
  auto suspicions = std::exchange(suspicions_, {});
  for (const auto& one : suspicions) {
    if (is_late() || figures_.findings >= how_.most_findings) return;
    if (known_findings_.contains(one.key)) continue;
    auto proven = prover_.prove(one);
    if (const auto died = prover_.take_death()) {
      std::vector<job> last;
      for (const exchange& what : died->after)
        last.push_back({what, {}, one.by, one.stand, one.drawn});
      see_crash(died->how, std::move(last), to);
    }
    if (!proven) {
      ++figures_.doubts;
      ++doubted_[one.key];
      continue;
    }
    known_findings_.insert(one.key);
    ++figures_.findings;
    if (notebook_ != nullptr)
      notebook_->note(
          {one.key, {std::string(one.by->name), proven->smallest.at.contract, proven->drawn}});
    to(*proven);
  }
}

/// What was played since the target was started last, as far as it is remembered.
std::vector<job> campaign::take_recent() {
  std::vector<job> result;
  for (const suspicion& one : std::exchange(recent_, {}))
    result.push_back(make({{one.by, one.stand}, one.drawn}));
  return result;
}

/// Which of the last exchanges does it is found out by playing each again.
void campaign::see_crash(const std::string& how, std::vector<job>&& last, const tell& to) {
  finding_key key{std::string(crash), how};
  if (!known_findings_.insert(key).second) return;
  ++figures_.findings;
  proof result;
  result.key = key;
  result.shown.variant = how;
  result.shown.what.broken = {std::string(crash), "", checks::weight::must,
                              "A server outlives its clients."};
  result.shown.what.expected = "a target that goes on";
  result.shown.what.got = how;
  // Some do it only to a target that has much to do.
  for (const std::size_t at_a_time : {std::size_t{1}, how_.jobs}) {
    const instant end = wall_.now() + looking_for_crash;
    for (auto one = last.rbegin(); one != last.rend() && wall_.now() < end; ++one) {
      // It may have died of the one before: what is blamed has to do it twice.
      if (!crashes(*one, at_a_time, result) || !crashes(*one, at_a_time, result)) continue;
      result.by = one->by;
      result.stand = one->stand;
      result.drawn = one->drawn;
      result.acts_before = result.smallest.acts.size();
      result.at_a_time = at_a_time;
      return to(result);
    }
  }
  result.smallest = {};
  result.evidence = {};
  for (auto& one : last)
    result.last.push_back(std::move(one.what));
  to(result);
}

/// Whether this exchange ends the target, which has a moment to do so.
bool campaign::crashes(const job& what, std::size_t at_a_time, proof& into) {
  job now = what;
  const stand& where = stage_.stands()[what.stand];
  now.what = moved_to(what.what, where.at);
  now.to = where.to;
  std::size_t left = at_a_time;
  player playing(stage_.runtime(), at_a_time);
  playing.begin(
      how_.proof.quick,
      [&]() -> std::optional<job> {
        if (left == 0) return std::nullopt;
        --left;
        return now;
      },
      [&](job&& played, record&& seen) {
        into.smallest = std::move(played.what);
        into.evidence = std::move(seen);
      });
  stage_.run([&] { return playing.idle(); });
  into.plays += at_a_time;
  wait_alone(stage_, how_.proof.quick.quiet / 3);
  return !stage_.crashed().empty();
}

void campaign::see_liveness(const tell& to) {
  auto seen = liveness_.look();
  if (!seen) return;
  // Who ended since the last look answers no more, but for another reason.
  if (const auto how = stage_.crashed(); !how.empty()) {
    suspicions_.clear();
    return see_crash(how, take_recent(), to);
  }
  const auto recent = std::exchange(recent_, {});
  if (!known_findings_.insert(seen->key).second) return liveness_.renew();
  ++figures_.findings;
  const auto most_time = std::max(how_.proof.most_time, duration(looking_again));
  liveness_.find_out(recent, how_.proof.quick, most_time, *seen);
  to(*seen);
}

campaign_figures campaign::run(const tell& to, const look& at) {
  begun_ = wall_.now();
  if (!stage_.simulated()) liveness_.begin();
  while (!over()) {
    play_slice();
    if (const auto how = stage_.crashed(); !how.empty()) {
      suspicions_.clear();
      see_crash(how, take_recent(), to);
    } else if (!stage_.simulated()) {
      see_liveness(to);
    }
    look_again();
    look_into(to);
    figures_.turns = features_.count();
    figures_.kept = pool_.size();
    figures_.taken = wall_.now() - begun_;
    if (notebook_ != nullptr) notebook_->note_played(figures_.played);
    if (!at(figures_)) break;
  }
  figures_.taken = wall_.now() - begun_;
  return figures_;
}

}  // namespace halley::fuzz
