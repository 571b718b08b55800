#include "engine/suite.hpp"

#include "base/hex.hpp"
#include "base/random.hpp"
#include "capture/synthetic.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "engine/peer.hpp"
#include "engine/player.hpp"
#include "engine/suite_notes.hpp"
#include "engine/target.hpp"
#include "engine/verdict.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"
#include "trace/event.hpp"
#include "trace/json_lines.hpp"
#include "transport/runtime.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

using namespace std::chrono_literals;

constexpr duration stop_stalls_within = 1s;

std::string fresh_key(const suite_settings& settings, const std::string& instance, int number) {
  auto source = random_source::named(settings.seed, settings.nonce + "/" + instance,
                                     static_cast<std::uint64_t>(number));
  constexpr std::size_t key_octets = 8;
  return "k" + to_hex(source.bytes(key_octets));
}

cutting::kind segmentation_of(const suite_settings& settings, const std::string& instance) {
  if (settings.segmentation) return *settings.segmentation;
  constexpr cutting::kind kinds[] = {cutting::kind::whole, cutting::kind::octets,
                                     cutting::kind::structure};
  return kinds[random_source::named(settings.seed, instance, 3).below(std::size(kinds))];
}

bool counts_as_failure(verdict one) {
  return one == verdict::fail || one == verdict::error;
}

}  // namespace

suite::suite(transport::runtime& world,
             target& tested,
             std::vector<scenario::instance> instances,
             suite_settings settings,
             suite_outputs outputs)
    : world_(world),
      target_(tested),
      settings_(std::move(settings)),
      log_(outputs.log),
      captures_(outputs.captures),
      told_(std::move(outputs.told)),
      stalls_(world.time()),
      news_(world.time()) {
  for (auto& one : instances) {
    by_scenario_[one.of->id].push_back(entries_.size());
    entries_.push_back({std::move(one)});
  }
}

suite::~suite() = default;

awaitable<void> suite::run() {
  const auto watching = std::make_shared<clock::tasks>(world_.get_executor(), world_.time());
  if (!settings_.exact_time) watching->spawn(stalls_.run());
  const auto workers = std::make_shared<clock::tasks>(world_.get_executor(), world_.time());
  for (std::size_t i = 0; i < std::min(settings_.jobs, entries_.size()); ++i)
    workers->spawn(work());
  // No deadline: every instance has one.
  while (workers->in_flight() != 0) {
    const instant later = world_.time().now() + std::chrono::hours(1);
    co_await workers->wait_until(later);
  }
  stalls_.stop();
  const instant soon = world_.time().now() + stop_stalls_within;
  co_await watching->wait_until(soon);
  workers->rethrow();
}

void suite::interrupt() {
  interrupted_ = true;
  stopping_ = true;
  for (auto* one : playing_)
    one->interrupt();
  news_.ring();
}

awaitable<void> suite::work() {
  while (!stopping_) {
    const bool waiting =
        std::ranges::any_of(entries_, [](const entry& one) { return one.is == state::waiting; });
    if (!waiting) co_return;
    const bool held = wanting_alone_ > 0 || alone_ != nullptr || reviving_;
    auto* one = held ? nullptr : next_entry();
    if (one == nullptr) {
      const instant later = world_.time().now() + std::chrono::hours(1);
      co_await news_.wait_until(later);
      continue;
    }
    one->is = state::running;
    ++running_;
    co_await play(*one);
    --running_;
    one->is = state::ended;
    news_.ring();
  }
}

/// The first entry that may start; where everything waits for something that waits itself, the
/// first of all.
suite::entry* suite::next_entry() {
  entry* first = nullptr;
  for (auto& one : entries_) {
    if (one.is != state::waiting) continue;
    if (settled(one)) return &one;
    if (first == nullptr) first = &one;
  }
  return running_ == 0 ? first : nullptr;
}

bool suite::settled(const entry& one) const {
  return std::ranges::all_of(one.what.of->after, [&](const auto& id) {
    const auto found = by_scenario_.find(id);
    return found == by_scenario_.end() || std::ranges::all_of(found->second, [&](auto index) {
             return entries_[index].is == state::ended;
           });
  });
}

std::optional<std::string> suite::failed_before(const entry& one) const {
  if (!settings_.heed_after) return std::nullopt;
  for (const auto& id : one.what.of->after) {
    const auto found = by_scenario_.find(id);
    if (found == by_scenario_.end()) continue;
    if (!std::ranges::all_of(found->second, [&](auto index) { return entries_[index].good; }))
      return id;
  }
  return std::nullopt;
}

std::optional<instance_result> suite::not_applicable(const scenario::scenario& what) const {
  instance_result result;
  result.is = verdict::skip;
  result.skip_reason = "not-applicable";
  const auto& profile = target_.profile();
  const auto role = role_name(what.sut);
  if (std::ranges::find(profile.roles, role) == profile.roles.end()) {
    result.skip_from = "the profile plays no " + role;
    return result;
  }
  if (what.sut == scenario::role::client && !target_.driven()) {
    result.skip_from = "the profile has no driver";
    return result;
  }
  for (const auto& need : what.needs) {
    const auto known = target_.capability(need);
    if (need == "driver.observe" && target_.driver() && !target_.driver()->observes()) {
      result.skip_from = need + ": the driver sees only that its program runs";
      return result;
    }
    if (!known || known->state != scenario::capability_state::no) continue;
    result.skip_from = need + ": no" + (known->reason.empty() ? "" : ", " + known->reason);
    return result;
  }
  return std::nullopt;
}

instance_result suite::unplayable() const {
  instance_result result;
  if (settings_.absent.empty()) {
    result.is = verdict::error;
    result.error_cause = "target-start";
    result.error_text = settings_.unplayable;
  } else {
    result.is = verdict::skip;
    result.skip_reason = "unsupported-here";
    result.skip_from = settings_.unplayable;
  }
  return result;
}

bool suite::probes(const scenario::scenario& what) const {
  return std::ranges::any_of(what.needs, [&](const auto& need) {
    const auto known = target_.capability(need);
    return !known || known->state == scenario::capability_state::probe;
  });
}

awaitable<void> suite::play(entry& one) {
  declare(*one.what.of);
  std::optional<instance_result> early = not_applicable(*one.what.of);
  if (!early && settings_.disabled) {
    if (auto why = settings_.disabled(one.what)) {
      early.emplace();
      early->is = verdict::skip;
      early->skip_reason = "disabled";
      early->skip_from = std::move(*why);
    }
  }
  if (!early && !settings_.unplayable.empty()) early = unplayable();
  if (!early) {
    if (const auto culprit = failed_before(one)) {
      early.emplace();
      early->is = verdict::skip;
      early->skip_reason = "blocked";
      early->skip_from = *culprit + " did not pass";
    }
  }
  if (early) {
    note("instance.start", one.what.id,
         instance_fields(one.what, target_, 1, "none", settings_.seed));
    close_instance(one, 1, nullptr, *early);
    ++counts_[name(early->is)];
    co_return;
  }
  instance_result result;
  int number = 0;
  bool good = true;
  for (int turn = 0; turn < settings_.repeats && (turn == 0 || !interrupted_); ++turn) {
    result = co_await settle(one, number);
    good = good &&
           (result.is == verdict::pass || result.is == verdict::info || result.is == verdict::warn);
  }
  one.good = good;
  ++counts_[name(result.is)];
  if (counts_as_failure(result.is)) ++failures_;
  if (settings_.max_failures != 0 && failures_ >= settings_.max_failures) stopping_ = true;
}

/// Plays `one` until it has a verdict that stays; `number` counts its attempts.
awaitable<instance_result> suite::settle(entry& one, int& number) {
  int inconclusive = settings_.attempts - 1;
  int failed = settings_.known && settings_.known(one.what) ? 0 : settings_.retries;
  instance_result result;
  for (;;) {
    result = co_await attempt(one, ++number);
    const bool undecided = result.is == verdict::error && (result.error_cause == "inconclusive" ||
                                                           result.error_cause == "target-died");
    int* const left = undecided ? &inconclusive : result.is == verdict::fail ? &failed : nullptr;
    if (interrupted_ || left == nullptr || *left == 0) break;
    --*left;
    if (result.error_cause == "target-died") co_await be_alone(one);
  }
  if (alone_ == &one) alone_ = nullptr;
  co_return result;
}

awaitable<instance_result> suite::attempt(entry& one, int number) {
  play_settings how;
  how.seed = settings_.seed;
  how.time_scale = settings_.time_scale;
  how.key = fresh_key(settings_, one.what.id, number);
  how.segmentation = segmentation_of(settings_, one.what.id);
  how.exact_time = settings_.exact_time;
  if (settings_.surround) how.around = settings_.surround(one.what);
  const std::string cut =
      one.what.of->vary_segmentation ? segmentation_name(how.segmentation) : "fixed";
  auto fields = instance_fields(one.what, target_, number, cut, settings_.seed);
  if (!how.around.name.empty()) fields["network"] = how.around.name;
  note("instance.start", one.what.id, std::move(fields));
  player played(world_, target_, one.what, how, stalls_);
  playing_.insert(&played);
  player::recorder recorder = [this, &one](trace::event& seen) { record(seen, one.what.id); };
  instance_result result = co_await played.play(std::move(recorder));
  playing_.erase(&played);

  const auto died = target_.ended();
  if (died && !interrupted_) {
    if (alone_ == &one) {
      result.is = verdict::fail;
      result.variants.emplace_back("crashed");
      result.violations.push_back(crash_violation(*died));
    } else if (result.is == verdict::error || result.is == verdict::fail) {
      result.is = verdict::error;
      result.error_cause = "target-died";
      result.error_text = crash_violation(*died).got;
      result.violations.clear();
    }
  }
  if (probes(*one.what.of) && result.skip_reason == "blocked")
    result.skip_reason = "not-applicable-probed";
  judge_passively(played, *one.what.of, result);
  close_instance(one, number, &played, result);
  if (died && !interrupted_) co_await revive();
  co_return result;
}

/// Waits until nothing else runs, and keeps it so until `one` has ended. Of several that wait,
/// whose target died under all of them, one goes after the other; nothing new begins before.
awaitable<void> suite::be_alone(const entry& one) {
  ++wanting_alone_;
  --running_;
  news_.ring();
  while (running_ > 0 && !stopping_) {
    const instant later = world_.time().now() + std::chrono::minutes(1);
    co_await news_.wait_until(later);
  }
  if (running_ == 0) alone_ = &one;
  ++running_;
  --wanting_alone_;
}

/// Starts a dead target again; whoever comes second waits for the first.
awaitable<void> suite::revive() {
  if (reviving_) {
    while (reviving_ && !stopping_) {
      const instant later = world_.time().now() + std::chrono::minutes(1);
      co_await news_.wait_until(later);
    }
    co_return;
  }
  const auto died = target_.ended();
  if (!died) co_return;
  reviving_ = true;
  note("target.exit", {}, exit_fields(target_, *died));
  std::string problem = "the profile says never";
  const auto& launched = target_.profile().start;
  if (!launched || launched->restart != "never") {
    co_await target_.stop();
    problem = co_await target_.start();
  }
  reviving_ = false;
  if (!problem.empty()) {
    note("target.log", {},
         {{"target", target_.profile().name}, {"line", "not restarted: " + problem}});
    stopping_ = true;
  }
  news_.ring();
}

void suite::declare(const scenario::scenario& what) {
  if (settings_.declare && declared_.insert(what.id).second)
    note("scenario", {}, scenario_fields(what));
}

void suite::judge_passively(const player& played,
                            const scenario::scenario& what,
                            instance_result& result) {
  if (result.is == verdict::skip || result.is == verdict::error) return;
  auto found = passive_violations(played, what.sut);
  if (found.empty()) return;
  std::ranges::move(found, std::back_inserter(result.violations));
  result.is = judge(what.purpose, result.violations);
}

void suite::close_instance(const entry& one,
                           int number,
                           const player* played,
                           instance_result& result) {
  nlohmann::json frames;
  capture::frame_index index;
  const bool wanted = settings_.trace == trace_choice::all ||
                      (settings_.trace == trace_choice::fail && counts_as_failure(result.is));
  if (played != nullptr && captures_ != nullptr && wanted && !played->events().empty()) {
    const auto range =
        captures_->write(one.what.id, played->events(), remarks_of(result.violations), &index);
    if (range.first != 0) frames = {range.first, range.last};
  }
  for (const auto& broken : result.violations)
    note("check", one.what.id, check_fields(broken, index));
  auto fields = result_fields(one.what, target_, number, result);
  if (!frames.is_null()) fields["frames"] = frames;
  note("instance.end", one.what.id, std::move(fields));
}

void suite::record(trace::event& one, const std::string& instance) {
  one.instance = instance;
  log_.append(one);
  if (told_) told_(one);
}

void suite::note(const std::string& name, const std::string& instance, nlohmann::json fields) {
  trace::event one;
  one.t = world_.time().now();
  one.what = trace::note{name, std::move(fields)};
  record(one, instance);
}

}  // namespace halley::engine
