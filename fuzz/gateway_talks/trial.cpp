#include "fuzz/gateway_talks/trial.hpp"

#include "base/printable.hpp"
#include "capture/flow_sink.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "fuzz/gateway_talks/peer.hpp"
#include "fuzz/gateway_talks/script.hpp"
#include "inspect/verdict.hpp"
#include "reference-server/gateway.hpp"
#include "reference-server/options.hpp"
#include "reference-server/profile.hpp"
#include "simulation/network.hpp"
#include "simulation/simulated_runtime.hpp"
#include "simulation/world.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/co_spawn.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace std::chrono_literals;

/// Tasks and events of one script: many times what the longest one needs.
constexpr std::uint64_t most_steps = 20'000'000;
/// The longest that the gateway's own limits let anything last behind its client's end.
constexpr duration longest_life = 10min;
constexpr std::size_t comet_log_is_whole = 9'000;  // events: under the gateway's limit

gateway::options options_of(const gateway_script& script, const std::set<std::string>& mutants) {
  gateway::options result;
  result.mutants = mutants;
  // A few compressed octets may stand for so many: the usual limit takes seconds.
  result.ws_maximum_message_size = std::size_t{1} << 20U;
  if (script.settings == gateway_script::configuration::restricted)
    return gateway::restricted_options(std::move(result));
  if (script.settings == gateway_script::configuration::impatient)
    return gateway::impatient_options(std::move(result));
  return result;
}

/// Holds the events of Comet streams, which a connection has one after the other, to their grammar.
class comet_lives {
public:
  /// Returns: what is wrong, or nothing.
  std::string see(const nlohmann::json& event) {
    const auto name = event.at("event").get<std::string>();
    bool& open = open_[event.at("connection").get<std::uint64_t>()];
    if (open == (name == "BEGIN")) return name + (open ? " in" : " outside of") + " a stream";
    const bool notice = name == "ERROR" && event.value("subtype", "") == "TIMEOUT";
    open = name != "END" && (name != "ERROR" || notice);
    return {};
  }
  bool any_open() const {
    for (const auto& [connection, open] : open_)
      if (open) return true;
    return false;
  }

private:
  std::map<std::uint64_t, bool> open_;
};

class trial {
public:
  trial(const gateway_script& script, const std::set<std::string>& mutants)
      : script_(script), gateway_(there_, options_of(script, mutants)) {
    error_code error;
    if (!gateway_.start({"127.0.0.1", gateway_port}, error))
      throw std::logic_error("the gateway: " + error.message());
  }
  trial(const trial&) = delete;
  trial& operator=(const trial&) = delete;
  // What coroutines still hold must go while the network is there.
  ~trial() { world_.end(); }

  std::string run();

private:
  using outcome = simulation::world::outcome;

  void wrong(const std::string& what) { said_ += printable(what, 4000) + '\n'; }
  awaitable<void> everybody();
  awaitable<void> one_client(const side_script& script);
  awaitable<void> origin();
  bool finishes(awaitable<void> work, const char* what);
  void await_ends();
  void check_comet_log(const std::string& key);
  void check_judged();
  std::uint64_t open() const { return gateway_.status()["connections"]["open"]; }

  const gateway_script& script_;
  simulation::world world_{{.seed = 1}};
  simulation::network network_{world_};
  simulation::simulated_runtime here_{network_, "peers"};
  simulation::simulated_runtime there_{network_, "gateway"};
  gateway::gateway gateway_;
  std::unique_ptr<transport::listener> origin_;
  std::vector<std::unique_ptr<peer>> clients_;
  std::vector<std::unique_ptr<peer>> origins_;
  std::string said_;
};

awaitable<void> trial::one_client(const side_script& script) {
  co_await clock::sleep_for(here_.time(), script.begins);
  const transport::endpoint where{"127.0.0.1", gateway_port};
  error_code error;
  auto lower = co_await transport::connect(here_, where, error);
  if (!lower) co_return;
  clients_.push_back(std::make_unique<peer>(here_, script));
  peer& one = *clients_.back();
  one.take(std::move(lower));
  const auto both = std::make_shared<clock::tasks>(here_.get_executor(), here_.time());
  both->spawn(one.read());
  both->spawn(one.talk());
  co_await both->wait_until(instant::max());
  both->rethrow();
}

/// Takes as many connections as there are scripts for; a further one is never taken.
awaitable<void> trial::origin() {
  const auto all = std::make_shared<clock::tasks>(here_.get_executor(), here_.time());
  for (const side_script& script : script_.origins) {
    error_code error;
    auto lower = co_await transport::accept(*origin_, error);
    if (!lower) break;
    origins_.push_back(std::make_unique<peer>(here_, script));
    peer& one = *origins_.back();
    one.take(std::move(lower));
    all->spawn(one.read());
    all->spawn(one.talk());
  }
  co_await all->wait_until(instant::max());
  all->rethrow();
}

awaitable<void> trial::everybody() {
  const auto all = std::make_shared<clock::tasks>(here_.get_executor(), here_.time());
  for (const side_script& script : script_.clients)
    all->spawn(one_client(script));
  co_await all->wait_until(instant::max());
  all->rethrow();
}

/// Runs the world until `work` is done. Returns: false where it never is.
bool trial::finishes(awaitable<void> work, const char* what) {
  bool over = false;
  std::exception_ptr let_out;
  boost::asio::co_spawn(world_.get_executor(), std::move(work), [&](std::exception_ptr error) {
    let_out = std::move(error);
    over = true;
  });
  simulation::world::limits bounds;
  bounds.steps = world_.so_far().tasks + world_.so_far().events + most_steps;
  const outcome how = world_.run([&] { return over; }, bounds);
  if (how == outcome::busy) wrong(std::string(what) + ": far too much is going on");
  if (how == outcome::idle) wrong(std::string(what) + ": nobody will ever end it");
  try {
    if (let_out) std::rethrow_exception(let_out);
  } catch (const std::exception& error) {
    wrong(std::string(what) + ": " + error.what());
  }
  // The handler above refers to what is here.
  if (how != outcome::done) world_.end();
  return how == outcome::done;
}

/// Gives the gateway the time that its limits allow. It looks now and then: asking costs.
void trial::await_ends() {
  const instant begun = world_.now();
  for (const duration after :
       {duration(1s), duration(5s), duration(30s), duration(2min), longest_life}) {
    if (open() == 0) return;
    simulation::world::limits bounds;
    bounds.until = begun + after;
    bounds.steps = world_.so_far().tasks + world_.so_far().events + most_steps;
    const outcome how = world_.run([] { return false; }, bounds);
    if (how == outcome::busy) return wrong("far too much is going on behind the clients' end");
    if (how == outcome::idle) break;
  }
  if (open() != 0)
    wrong(std::to_string(open()) + " connections do not end: " + gateway_.status().dump());
}

void trial::check_comet_log(const std::string& key) {
  const auto log = gateway_.comet_events(key);
  if (log.size() > comet_log_is_whole) return;
  comet_lives lives;
  for (const auto& event : log) {
    const auto bad = lives.see(event);
    if (!bad.empty()) return wrong("Comet: " + bad + ": " + log.dump());
  }
  if (lives.any_open()) wrong("Comet: a stream has no terminal event: " + log.dump());
}

/// What an origin said comes through the gateway as it is, so it is not the gateway's.
void trial::check_judged() {
  if (!origins_.empty()) return;
  for (const auto& one : clients_) {
    const auto verdict = one->judged();
    for (const auto& found : verdict.findings) {
      if (found.by != capture::side::server || found.weight == inspect::severity::info) continue;
      wrong(inspect::name(found.weight) + " " + found.broken.id + " at " +
            std::to_string(found.off) + ": " + found.broken.says + ": expected " + found.expected +
            ", got " + found.got + ": " + found.data);
    }
  }
}

std::string trial::run() {
  error_code error;
  origin_ = here_.listen({"127.0.0.1", origin_port}, error);
  if (!origin_) throw std::logic_error("the origin: " + error.message());
  const auto beside = std::make_shared<clock::tasks>(here_.get_executor(), here_.time());
  beside->spawn(origin());
  if (!finishes(everybody(), "the clients")) return said_;
  await_ends();
  origin_->close();
  if (!finishes(beside->wait_until(instant::max()), "the origin")) return said_;
  for (const char* const key : {"k", ""})
    check_comet_log(key);
  if (!finishes(gateway_.stop(), "the gateway's stop")) return said_;
  check_judged();
  return said_;
}

}  // namespace

std::string try_gateway(const gateway_script& script, const std::set<std::string>& mutants) {
  return trial(script, mutants).run();
}

}  // namespace halley::fuzz
