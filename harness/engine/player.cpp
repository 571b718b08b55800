#include "engine/player.hpp"

#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "engine/endings.hpp"
#include "engine/environment.hpp"
#include "engine/event_fields.hpp"
#include "engine/peer.hpp"
#include "engine/stall_watch.hpp"
#include "engine/step_text.hpp"
#include "engine/target.hpp"
#include "engine/verdict.hpp"
#include "scenario/scenario.hpp"
#include "scenario/units.hpp"
#include "scenario/value.hpp"
#include "trace/event.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::engine {
namespace {

using namespace std::chrono_literals;

constexpr duration default_limit = 60s;
constexpr duration slow = 2s;   // in all; a scenario with a `pace` has its own
constexpr int most_waits = 30;  // of one instance that a slow network may draw out
constexpr duration tear_down_within = 5s;
constexpr std::size_t observed_limit = 40;

template <typename Verb>
const Verb* verb(const scenario::step& one) {
  return std::get_if<Verb>(&one.verb);
}

std::string cut(const std::string& text, std::size_t limit) {
  if (text.size() <= limit) return text;
  auto end = limit - 1;
  // Never inside a character: reports are UTF-8. Source: RFC 3629 §3.
  while (end > 0 && (octet_at(text, end) & 0xC0U) == 0x80U)
    --end;
  return text.substr(0, end) + "…";
}

}  // namespace

player::player(transport::runtime& world,
               target& tested,
               const scenario::instance& what,
               play_settings settings,
               const stall_watch& stalls)
    : world_(world),
      target_(tested),
      instance_(what),
      scenario_(*what.of),
      settings_(std::move(settings)),
      stalls_(stalls),
      variables_(random_source::named(settings_.seed, what.id, 1).next()),
      random_(random_source::named(settings_.seed, what.id, 2)),
      news_(world.time()),
      tasks_(std::make_shared<clock::tasks>(world.get_executor(), world.time())) {
}

player::~player() {
  if (!session_.empty()) driver_->detach(session_);
}

void player::interrupt() {
  interrupted_ = true;
  news_.ring();
  for (const auto& one : actors_)
    for (const auto& member : one->crowd)
      member->interrupt();
}

std::vector<std::pair<std::string, bool>> player::connections() const {
  std::vector<std::pair<std::string, bool>> result;
  result.reserve(all_peers_.size());
  for (const auto& one : all_peers_)
    result.emplace_back(one->identity().conn, one->identity().halley_is_client);
  return result;
}

awaitable<instance_result> player::play(recorder record) {
  record_ = std::move(record);
  started_ = world_.time().now();
  limit_ = started_ + scenario_.timeout.value_or(default_limit) +
           most_waits * settings_.around.allowance;
  try {
    co_await play_all();
    require_reached_targets();
    result_.is = judge(scenario_.purpose, result_.violations);
  } catch (const blocked& why) {
    result_.is = verdict::skip;
    result_.skip_reason = "blocked";
    result_.skip_from = why.what();
  } catch (const not_playable& why) {
    result_.is = verdict::skip;
    result_.skip_reason = why.reason();
    result_.skip_from = why.what();
  } catch (const missing_endpoint& why) {
    result_.is = verdict::skip;
    result_.skip_reason = "not-applicable";
    result_.skip_from = why.what();
  } catch (const no_verdict& why) {
    result_.is = verdict::error;
    result_.error_cause = why.cause();
    result_.error_text = why.what();
  } catch (const bad_expression& why) {
    result_.is = verdict::error;
    result_.error_cause = "invalid-scenario";
    result_.error_text = why.what();
  }
  co_await tear_down();
  // Whatever was seen of a client that is no more, its verdict would be about its driver.
  if (!driver_gone_.empty() && result_.is != verdict::error) {
    result_.is = verdict::error;
    result_.error_cause = "target-died";
    result_.error_text = driver_gone_;
    result_.violations.clear();
  }
  finish_result();
  co_return std::move(result_);
}

void player::fill_variables() {
  target_.describe_to(variables_, settings_.key);
  for (const auto& [name, value] : instance_.parameters)
    variables_.set(name, value);
  for (const auto& one : actors_)
    if (one->listening) {
      const auto where = one->listening->local();
      variables_.set_integer(one->name + ".port", where.port);
      variables_.set_text(one->name + ".authority", transport::to_string(where));
    }
  for (const auto& [name, value] : scenario_.let)
    variables_.set(name, variables_.resolve(value));
}

void player::open_listeners() {
  auto declared = scenario_.actors;
  if (declared.empty()) declared.push_back({.name = "client", .listen = {}});
  for (const auto& one : declared) {
    auto made = std::make_unique<actor>();
    made->name = one.name;
    made->plays_server = one.plays_server;
    made->chaos = one.chaos;
    for (int i = 0; i < one.crowd; ++i)
      made->crowd.emplace_back(new player(*this, *made, static_cast<std::size_t>(i)));
    if (one.plays_server) {
      error_code error;
      const bool full = one.listen == "full";
      made->listening = full ? world_.listen_full({}, error) : world_.listen({}, error);
      if (error) throw no_verdict("resource", "no port to listen on: " + error.message());
      if (!full) tasks_->spawn(accept_all(*made));
    }
    actors_.push_back(std::move(made));
  }
}

awaitable<void> player::accept_all(actor& who) {
  for (;;) {
    error_code error;
    arrival next;
    next.connection = co_await transport::accept(*who.listening, error);
    if (error) co_return;
    next.at = world_.time().now();
    who.waiting.push_back(std::move(next));
    news_.ring();
  }
}

awaitable<void> player::play_all() {
  open_listeners();
  fill_variables();
  begin_session();
  in_setup_ = true;
  co_await play_steps(scenario_.setup);
  in_setup_ = false;
  co_await play_steps(scenario_.steps);
}

awaitable<void> player::tear_down() {
  for (const auto& one : actors_)
    if (one->listening) one->listening->close();
  for (const auto& one : all_peers_)
    one->drop();
  co_await end_session();
  for (const auto& one : actors_)
    for (const auto& network : one->networks)
      co_await network.second->stop();
  news_.ring();
  co_await tasks_->wait_until(world_.time().now() + tear_down_within);
}

void player::finish_result() {
  result_.duration = world_.time().now() - started_;
  const trace::event* closing = nullptr;
  const trace::event* last = nullptr;
  for (const auto& one : events_) {
    const bool ends = std::holds_alternative<trace::tcp_fin>(one.what) ||
                      std::holds_alternative<trace::tcp_rst>(one.what);
    if (ends && closing == nullptr) closing = &one;
    const bool seen = one.dir == trace::direction::in && !ends &&
                      !std::holds_alternative<trace::wire_octets>(one.what);
    if (seen) last = &one;
  }
  if (closing != nullptr) {
    result_.close_by = closing->dir == trace::direction::in ? "target" : "halley";
    result_.close_how = std::holds_alternative<trace::tcp_fin>(closing->what) ? "fin" : "rst";
  }
  if (!result_.variants.empty()) {
    result_.observed = cut(result_.variants.back(), observed_limit);
  } else if (last != nullptr) {
    result_.observed = cut(describe(*last), observed_limit);
  }
}

awaitable<player::flow> player::play_steps(const std::vector<scenario::step>& steps) {
  for (const auto& one : steps) {
    const flow next = co_await play_step(one);
    if (next == flow::stop) co_return flow::stop;
  }
  co_return flow::go_on;
}

awaitable<player::flow> player::play_step(const scenario::step& one) {
  if (interrupted_) throw no_verdict("interrupted", "the run was interrupted");
  require_time("step at line " + std::to_string(one.at.line));
  const int number = ++steps_;
  if (leader_ != nullptr) {
    // One line for the whole crowd is in the log already.
    const flow silent = co_await dispatch(one, number);
    co_return silent;
  }
  note("step.start", {{"step", number},
                      {"verb", scenario::verb_name(one)},
                      {"line", line_of(one)},
                      {"label", one.label},
                      {"actor", one.as},
                      {"text", step_text(one)}});
  const auto violations = result_.violations.size();
  const flow next = co_await dispatch(one, number);
  const bool good = violations == result_.violations.size();
  const std::string wrong = result_.variants.empty() ? "failed" : result_.variants.back();
  note("step.end", {{"step", number}, {"outcome", good ? "ok" : wrong}});
  co_return next;
}

int player::line_of(const scenario::step& one) const {
  const bool here = !one.at.file || !scenario_.file || *one.at.file == *scenario_.file;
  return here ? one.at.line : use_line_;
}

awaitable<player::flow> player::dispatch(const scenario::step& one, int number) {
  flow next = flow::go_on;
  if (actor* const crowd = crowd_of(one)) {
    next = co_await crowd_step(*crowd, one, number);
  } else {
    next = co_await dispatch_action(one, number);
  }
  co_return next;
}

awaitable<player::flow> player::dispatch_action(const scenario::step& one, int number) {
  if (const auto* opening = verb<scenario::open_step>(one)) {
    co_await open(one, *opening);
  } else if (const auto* sending = verb<scenario::send_step>(one)) {
    co_await send(one, *sending);
  } else if (const auto* closing = verb<scenario::close_step>(one)) {
    co_await close(one, *closing);
  } else if (const auto* command = verb<scenario::drive_step>(one)) {
    co_await drive(*command);
  } else if (const auto* hook = verb<scenario::hook_step>(one)) {
    co_await call_hook(*hook);
  } else if (const auto* pause = verb<scenario::delay_step>(one)) {
    // Over a slow network what was sent before needs longer to be there.
    const duration length = to_duration(pause->length, duration{0}) + settings_.around.round_trip;
    const instant until = world_.time().now() + length;
    while (world_.time().now() < until && !interrupted_)
      co_await news_.wait_until(until);
  } else if (const auto* mark = verb<scenario::mark_step>(one)) {
    marks_[mark->name] = world_.time().now();
  } else if (const auto* set = verb<scenario::set_step>(one)) {
    for (const auto& [name, value] : set->values)
      variables_.set(name, variables_.resolve(value));
  } else if (const auto* assertion = verb<scenario::assert_step>(one)) {
    assert_that(*assertion, one, number);
  } else if (const auto* notice = verb<scenario::notify_step>(one)) {
    notices_.insert(notice->name);
    news_.ring();
  } else {
    const flow next = co_await dispatch_wait(one, number);
    co_return next;
  }
  co_return flow::go_on;
}

awaitable<player::flow> player::dispatch_wait(const scenario::step& one, int number) {
  flow next = flow::go_on;
  if (const auto* expectation = verb<scenario::expect_step>(one)) {
    next = co_await expect(one, *expectation, number);
  } else if (const auto* collecting = verb<scenario::collect_step>(one)) {
    next = co_await collect(one, *collecting, number);
  } else if (const auto* accepting = verb<scenario::accept_step>(one)) {
    co_await accept(one, accepting->within);
  } else if (const auto* loop = verb<scenario::repeat_step>(one)) {
    next = co_await repeat(*loop);
  } else if (const auto* fragment = verb<scenario::use_step>(one)) {
    next = co_await use(one, *fragment);
  } else if (const auto* lanes = verb<scenario::parallel_step>(one)) {
    next = co_await parallel(*lanes);
  } else if (const auto* awaited = verb<scenario::await_step>(one)) {
    next = co_await await_notice(awaited->name);
  } else {
    throw not_playable("unsupported-here",
                       "step '" + scenario::verb_name(one) + "' needs an oracle");
  }
  co_return next;
}

player::actor& player::actor_of(const scenario::step& one) {
  if (one.as == "sut")
    throw bad_expression("line " + std::to_string(line_of(one)) +
                         ": 'sut' is the target; it is driven, and what it tells is expected");
  if (one.as.empty()) {
    const auto client =
        std::ranges::find_if(actors_, [](const auto& a) { return !a->plays_server; });
    if (actors_.size() == 1) return *actors_.front();
    if (client != actors_.end()) return **client;
  }
  for (const auto& candidate : actors_)
    if (candidate->name == one.as) return *candidate;
  throw bad_expression("no actor '" + printable(one.as) + "'");
}

peer& player::peer_of(const scenario::step& one) {
  auto& who = actor_of(one);
  const auto found = who.peers.find(one.conn.empty() ? "main" : one.conn);
  if (found != who.peers.end()) return *found->second;
  throw bad_expression("line " + std::to_string(one.at.line) + ": '" + who.name +
                       "' has no connection" + (one.conn.empty() ? "" : " '" + one.conn + "'"));
}

peer& player::add_peer(actor& who,
                       const std::string& name,
                       std::unique_ptr<transport::transport> made,
                       std::string endpoint) {
  peer_identity identity;
  player& all = leader();
  identity.conn = "c" + std::to_string(all.all_peers_.size() + 1);
  identity.actor = who.name;
  identity.endpoint = std::move(endpoint);
  identity.halley_is_client = !who.plays_server;
  auto one = std::make_shared<peer>(std::move(identity), std::move(made), world_.time(), news_,
                                    [&all](trace::event& seen) {
                                      all.record_(seen);
                                      all.events_.push_back(seen);
                                    });
  one->hold(settings_.limits);
  all.all_peers_.push_back(one);
  who.peers[name.empty() ? "main" : name] = one;
  peer::start(one, *all.tasks_);
  return *one;
}

duration player::to_duration(const scenario::value& what, duration otherwise) const {
  if (what.null()) return otherwise;
  const auto text = as_text(variables_.resolve(what));
  const auto parsed = scenario::parse_duration(text);
  if (!parsed)
    throw bad_expression("'" + printable(text) + "': " + std::string(scenario::duration_help));
  return *parsed;
}

player::deadline_of player::deadline(const scenario::value& within) const {
  const auto window = to_duration(within, target_.profile().timing.within);
  const double scale = settings_.time_scale * target_.profile().timing.scale;
  deadline_of result;
  result.window =
      duration(static_cast<duration::rep>(static_cast<double>(window.count()) * scale)) +
      settings_.around.allowance;
  result.at = std::min(world_.time().now() + result.window, limit_);
  result.cut = limit_ < world_.time().now() + result.window;
  return result;
}

void player::require_time(const std::string& waiting_for) const {
  if (world_.time().now() < limit_) return;
  throw no_verdict("inconclusive", "the instance ran out of its time before " + waiting_for);
}

void player::inconclusive_if_stalled(const deadline_of& until, instant started) const {
  if (until.cut) throw no_verdict("inconclusive", "the instance ran out of its time within a wait");
  if (stalls_.stalled(started, until.at) * 2 < until.window) return;
  throw no_verdict("inconclusive", "Halley itself stood still for half of the wait");
}

/// What came to pass while Halley was late itself proves nothing: a target gives up who is slow.
void player::require_pace() const {
  const instant now = world_.time().now();
  const duration stood = stalls_.stalled(started_, now);
  const bool kept =
      scenario_.pace ? stood < *scenario_.pace : stood < slow || stood * 2 < now - started_;
  if (!kept)
    throw no_verdict("inconclusive", "Halley itself stood still, and did not keep the pace");
}

void player::violate(const std::vector<std::string>& names, const violation& details) {
  if (names.empty()) {
    // An expectation that violates nothing is a precondition.
    throw blocked(details.message.empty() ? "expected " + details.expected + ", got " + details.got
                                          : details.message);
  }
  if (in_setup_) throw blocked("setup: expected " + details.expected + ", got " + details.got);
  require_pace();
  for (const auto& name : names) {
    const auto* known = scenario_.find_requirement(name);
    if (known == nullptr) throw bad_expression("no requirement '" + name + "'");
    violation one = details;
    one.requirement = name;
    one.ledger = known->ledger;
    one.ref = known->ref;
    one.level = known->weight;
    one.says = known->says;
    result_.violations.push_back(std::move(one));
  }
}

void player::note(const std::string& name, nlohmann::json fields) {
  trace::event one;
  one.t = world_.time().now();
  one.what = trace::note{name, std::move(fields)};
  leader().record_(one);
}

}  // namespace halley::engine
