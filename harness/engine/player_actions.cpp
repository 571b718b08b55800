// The steps that do something: open, send, close, hook, repeat, use, parallel.
#include "base/printable.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "engine/address.hpp"
#include "engine/endings.hpp"
#include "engine/environment.hpp"
#include "engine/http_call.hpp"
#include "engine/json_value.hpp"
#include "engine/outgoing.hpp"
#include "engine/payload.hpp"
#include "engine/peer.hpp"
#include "engine/player.hpp"
#include "engine/target.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "transport/chaos_proxy.hpp"
#include "transport/path_text.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

constexpr int bad_status = 400;
constexpr std::int64_t repeat_limit = 100'000;

/// "ws.echo" from "${target.ws.echo}": the contract's name, for reports.
std::string contract_name(const scenario::value& to) {
  auto text = scenario::to_text(to);
  constexpr std::string_view prefix = "${target.";
  if (!text.starts_with(prefix) || !text.ends_with("}")) return text;
  return text.substr(prefix.size(), text.size() - prefix.size() - 1);
}

using made = std::unique_ptr<transport::transport>;

/// Connects before `deadline`, or not at all: then `error` is timed_out.
awaitable<made> connect_within(transport::runtime& world,
                               transport::endpoint where,
                               instant deadline,
                               error_code& error) {
  using namespace boost::asio::experimental::awaitable_operators;
  const auto timer = world.time().make_timer();
  auto connecting = transport::connect(world, where, error);
  auto waiting = clock::wait_until(*timer, deadline);
  auto both = std::move(connecting) || std::move(waiting);
  auto first = co_await std::move(both);
  if (first.index() == 0) co_return std::move(std::get<0>(first));
  error = boost::asio::error::timed_out;
  co_return made();
}

}  // namespace

/// Where to connect instead of `target` so that the network of `who` is in between. It is there
/// from the first connection on, and counts them.
transport::endpoint player::through_network(actor& who, const transport::endpoint& target) {
  if (leader_ != nullptr) {
    // A crowd has one network, which counts the connections of all.
    for (const auto& one : leader_->actors_)
      if (one->name == who.name) return leader_->through_network(*one, target);
  }
  const auto found = who.networks.find(transport::to_string(target));
  if (found != who.networks.end()) return found->second->local();
  if (!transport::is_loopback(target.address))
    throw not_playable("unsupported-here", "'chaos' is for targets on this machine");
  transport::chaos_settings how;
  how.upstream = target;
  for (const auto& one : who.chaos) {
    const auto text = as_text(variables_.resolve(one));
    std::string wrong;
    const auto rule = transport::parse_rule(text, wrong);
    if (!rule) throw bad_expression("chaos '" + printable(text) + "': " + wrong);
    how.rules.push_back(*rule);
  }
  auto network = std::make_unique<transport::chaos_proxy>(world_, std::move(how));
  error_code error;
  if (!network->start({}, error))
    throw no_verdict("resource", "no port for the network to listen on: " + error.message());
  const auto where = network->local();
  who.networks.emplace(transport::to_string(target), std::move(network));
  return where;
}

/// A network resets the connections that the target does not take: nothing that the target did.
void player::require_reached_targets() const {
  for (const auto& one : actors_)
    for (const auto& [target, network] : one->networks)
      if (network->unreachable() != 0)
        throw no_verdict("target-died", "cannot connect to " + target + " through the network");
}

awaitable<void> player::open(const scenario::step& one, const scenario::open_step& what) {
  auto& who = actor_of(one);
  const auto url = as_text(variables_.resolve(what.to));
  const auto to = parse_address(url);
  if (!to) throw bad_expression("'" + printable(url) + "' is no http:// or ws:// address");
  const auto where = to_endpoint(*to);
  if (!where)
    throw bad_expression("'" + printable(to->host) + "' is no address; names are not looked up");
  const auto until = deadline({});
  error_code error;
  const auto target = who.chaos.empty() ? *where : through_network(who, *where);
  made connection = co_await connect_within(world_, target, until.at, error);
  if (!connection) {
    const auto text = transport::to_string(target) + ": " + error.message();
    if (in_setup_) throw blocked("cannot connect to " + text);
    throw no_verdict("target-died", "cannot connect to " + text);
  }
  add_peer(who, one.conn, std::move(connection), contract_name(what.to));
}

awaitable<void> player::send(const scenario::step& one, const scenario::send_step& what) {
  auto& who = actor_of(one);
  if (who.plays_server && !who.peers.contains(one.conn.empty() ? "main" : one.conn))
    co_await accept(one, {});
  auto& to = peer_of(one);
  auto content = encode_send(what.form, variables_.resolve(what.what), !who.plays_server, random_);
  cutting how;
  if (scenario_.vary_segmentation) how.how = settings_.segmentation;
  if (!one.segment.null()) {
    how.how = cutting::kind::fixed;
    how.fixed.segment = static_cast<std::size_t>(
        std::max<std::int64_t>(0, as_integer(variables_.resolve(one.segment))));
    how.fixed.gap = to_duration(one.gap, duration{0});
  }
  to.send(std::move(content), how);
  co_await write_out(to);
  if (!to.written()) note("send.pending", {{"line", line_of(one)}, {"conn", to.identity().conn}});
}

/// Waits until all is written. A target that does not read must not hold up the scenario for ever,
/// what follows judges it; but whoever judges it while octets still go out, one by one on a slow
/// machine, blames it for what it has not yet been told.
awaitable<void> player::write_out(const peer& to) {
  auto written = to.octets_out();
  auto until = deadline({});
  while (!to.written() && !interrupted_ && world_.time().now() < limit_) {
    co_await news_.wait_until(until.at);
    if (world_.time().now() < until.at) continue;
    if (to.octets_out() == written) break;
    written = to.octets_out();
    until = deadline({});
  }
}

awaitable<void> player::close(const scenario::step& one, const scenario::close_step& what) {
  auto& on = peer_of(one);
  const auto how = as_text(variables_.resolve(what.how));
  if (how == "rst") {
    on.reset();
  } else if (how == "fin") {
    on.close();
  } else if (how == "write") {
    on.half_close();
  } else {
    throw bad_expression("close is fin, rst or write, not '" + printable(how) + "'");
  }
  co_await write_out(on);
}

awaitable<void> player::call_hook(const scenario::hook_step& what) {
  auto known = variables_;
  known.set_integer("count", 1);
  for (const auto& [name, value] : what.arguments) {
    auto given = variables_.resolve(value);
    if (given.map() != nullptr)
      given = {to_octets(given), given.at};  // a payload as it is described
    known.set(name, std::move(given));
  }
  auto request = target_.hook(what.name, known);
  if (!request) throw not_playable("not-applicable", "the profile has no hook '" + what.name + "'");
  const auto until = deadline({});
  http_request asked = std::move(*request);
  const std::string called = asked.method + " " + asked.to.path;
  const http_answer answer = co_await call(world_, std::move(asked), until.at);
  note("hook", {{"name", what.name}, {"status", answer.status}, {"text", printable(called)}});
  if (!answer.problem.empty()) throw blocked("hook '" + what.name + "': " + answer.problem);
  if (answer.status >= bad_status)
    throw blocked("hook '" + what.name + "': the target answered " + std::to_string(answer.status));
  if (!what.into.empty()) variables_.set(what.into, parse_json(answer.body));
}

awaitable<player::flow> player::repeat(const scenario::repeat_step& what) {
  const auto count = as_integer(variables_.resolve(what.count));
  if (count > repeat_limit) throw bad_expression("repeat: over " + std::to_string(repeat_limit));
  for (std::int64_t i = 0; i < count; ++i) {
    if (!what.as.empty()) variables_.set_integer(what.as, i);
    const flow next = co_await play_steps(what.steps);
    if (next == flow::stop) co_return flow::stop;
  }
  co_return flow::go_on;
}

awaitable<player::flow> player::use(const scenario::step& one, const scenario::use_step& what) {
  use_line_ = line_of(one);
  if (actor* const crowd = crowd_named(one)) {
    for (const auto& member : crowd->crowd)
      for (const auto& [name, value] : what.with)
        member->variables_.set(name, member->variables_.resolve(value));
  } else {
    for (const auto& [name, value] : what.with)
      variables_.set(name, variables_.resolve(value));
  }
  const flow next = co_await play_steps(what.steps);
  co_return next;
}

awaitable<void> player::lane(const std::vector<scenario::step>& steps, flow& result) {
  const flow ended = co_await play_steps(steps);
  if (ended == flow::stop) result = flow::stop;
}

awaitable<player::flow> player::parallel(const scenario::parallel_step& what) {
  const auto lanes = std::make_shared<clock::tasks>(world_.get_executor(), world_.time());
  flow result = flow::go_on;
  for (const auto& [name, steps] : what.lanes)
    lanes->spawn(lane(steps, result));
  // Every wait inside a lane ends by `limit_`, so this one does.
  while (lanes->in_flight() != 0)
    co_await lanes->wait_until(limit_);
  lanes->rethrow();
  co_return result;
}

}  // namespace halley::engine
