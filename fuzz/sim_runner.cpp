#include "fuzz/sim_runner.hpp"

#include "base/hex.hpp"
#include "base/random.hpp"
#include "clock/clock.hpp"
#include "engine/peer.hpp"
#include "engine/player.hpp"
#include "engine/stall_watch.hpp"
#include "engine/suite_notes.hpp"
#include "engine/target.hpp"
#include "engine/verdict.hpp"
#include "fuzz/outcome.hpp"
#include "reference-server/gateway.hpp"
#include "reference-server/options.hpp"
#include "reference-server/profile.hpp"
#include "scenario/load.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"
#include "simulation/network.hpp"
#include "simulation/simulated_runtime.hpp"
#include "simulation/world.hpp"
#include "trace/event.hpp"
#include "transport/transport.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

/// Tasks and events of one sequence: many times what the longest one needs.
constexpr std::uint64_t most_steps = 50'000'000;
constexpr std::size_t key_octets = 8;

gateway::options with(const std::set<std::string>& mutants) {
  gateway::options result;
  result.mutants = mutants;
  return result;
}

}  // namespace

/// One world with its gateway.
class sim_runner::stage {
public:
  stage(std::uint64_t seed, const std::set<std::string>& mutants)
      : world_({.seed = seed}), gateway_(there_, with(mutants)) {
    error_code error;
    if (!gateway_.start({}, error)) throw std::logic_error("the gateway: " + error.message());
  }
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;
  // What coroutines still hold must go while the network is there.
  ~stage() { world_.end(); }

  transport::endpoint where() const { return gateway_.local(); }

  engine::instance_result play(const scenario::instance& what, const scenario::profile& profile) {
    engine::target tested(here_, profile, ".");
    const engine::stall_watch stalls(here_.time());
    engine::player played(here_, tested, what, settings(what.id), stalls);
    engine::instance_result result;
    bool over = false;
    std::exception_ptr bug;
    boost::asio::co_spawn(world_.get_executor(), played.play([](trace::event& /*seen*/) {}),
                          [&](std::exception_ptr error, engine::instance_result ended) {
                            bug = std::move(error);
                            result = std::move(ended);
                            over = true;
                          });
    simulation::world::limits bounds;
    bounds.steps = world_.so_far().tasks + world_.so_far().events + most_steps;
    const auto how = world_.run([&] { return over; }, bounds);
    if (bug) std::rethrow_exception(bug);
    if (how != simulation::world::outcome::done) {
      world_.end();
      throw std::logic_error("the simulation stands still: nobody will ever end the sequence");
    }
    if (result.is != engine::verdict::skip && result.is != engine::verdict::error) {
      auto passive = engine::passive_violations(played, what.of->sut);
      std::ranges::move(passive, std::back_inserter(result.violations));
    }
    return result;
  }

private:
  engine::play_settings settings(const std::string& instance) const {
    engine::play_settings result;
    result.seed = world_.seed();
    result.key = "k" + to_hex(random_source::named(world_.seed(), instance).bytes(key_octets));
    result.segmentation = engine::cutting::kind::whole;
    result.exact_time = true;
    return result;
  }

  simulation::world world_;
  simulation::network network_{world_};
  simulation::simulated_runtime here_{network_, "halley"};
  simulation::simulated_runtime there_{network_, "gateway"};
  gateway::gateway gateway_;
};

sim_runner::sim_runner(std::set<std::string> mutants) : mutants_(std::move(mutants)) {
}

sim_runner::~sim_runner() = default;

outcome sim_runner::play(const std::shared_ptr<const scenario::scenario>& what,
                         std::uint64_t seed) {
  ++played_;
  stage world(seed, mutants_);
  const auto where = transport::to_string(world.where());
  // The profile is text that is parsed, and the gateway stands at the same address in every world.
  if (known_at_ != where) {
    std::vector<scenario::problem> problems;
    profile_ = scenario::load_profile("halley-gateway.profile.yaml",
                                      gateway::profile_text({.usual = world.where()}), problems);
    known_at_ = where;
  }
  const scenario::instance whole{what, {}, what->id};
  return outcome_of(world.play(whole, profile_));
}

}  // namespace halley::fuzz
