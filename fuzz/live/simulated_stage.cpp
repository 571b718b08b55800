#include "fuzz/live/simulated_stage.hpp"

#include "clock/clock.hpp"
#include "engine/target.hpp"
#include "fuzz/live/scenario_play.hpp"
#include "fuzz/live/stands.hpp"
#include "fuzz/outcome.hpp"
#include "reference-server/gateway.hpp"
#include "reference-server/options.hpp"
#include "reference-server/profile.hpp"
#include "scenario/load.hpp"
#include "scenario/scenario.hpp"
#include "simulation/network.hpp"
#include "simulation/simulated_runtime.hpp"
#include "simulation/world.hpp"
#include "transport/runtime.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

gateway::options with(const std::set<std::string>& mutants) {
  gateway::options result;
  result.mutants = mutants;
  return result;
}

}  // namespace

class simulated_stage::set_up {
public:
  set_up(std::uint64_t seed, const std::set<std::string>& mutants)
      : world_({.seed = seed}),
        usual_(there_, with(mutants)),
        restricted_(there_, gateway::restricted_options(with(mutants))),
        impatient_(there_, gateway::impatient_options(with(mutants))) {
    error_code error;
    for (auto* const one : {&usual_, &restricted_, &impatient_})
      if (!one->start({}, error)) throw std::logic_error("the gateway: " + error.message());
  }
  set_up(const set_up&) = delete;
  set_up& operator=(const set_up&) = delete;
  // What coroutines still hold must go while the network is there.
  ~set_up() { world_.end(); }

  gateway::addresses where() const {
    return {usual_.local(), restricted_.local(), impatient_.local()};
  }
  transport::runtime& here() { return here_; }

  void run(const std::function<bool()>& done) {
    if (done()) return;
    if (world_.run(done, {}) != simulation::world::outcome::done)
      throw std::logic_error("the simulation stands still: nobody will ever end the exchange");
  }

private:
  simulation::world world_;
  simulation::network network_{world_};
  simulation::simulated_runtime here_{network_, "halley"};
  simulation::simulated_runtime there_{network_, "gateway"};
  gateway::gateway usual_;
  gateway::gateway restricted_;
  gateway::gateway impatient_;
};

simulated_stage::simulated_stage(std::uint64_t seed, std::set<std::string> mutants)
    : seed_(seed), mutants_(std::move(mutants)) {
  simulated_stage::renew();
  std::vector<scenario::problem> problems;
  profile_ = scenario::load_profile("halley-gateway.profile.yaml",
                                    gateway::profile_text(now_->where()), problems);
  stands_ = stands_of(engine::target(now_->here(), profile_, "."), "fuzz");
}

simulated_stage::~simulated_stage() = default;

transport::runtime& simulated_stage::runtime() {
  return now_->here();
}

void simulated_stage::run(const std::function<bool()>& done) {
  now_->run(done);
}

outcome simulated_stage::play(const std::shared_ptr<const scenario::scenario>& what,
                              const watcher& tell) {
  engine::target tested(now_->here(), profile_, ".");
  return play_scenario(what, {now_->here(), tested, true, seed_,
                              [this](const std::function<bool()>& done) { run(done); }, tell});
}

void simulated_stage::renew() {
  now_.reset();
  now_ = std::make_unique<set_up>(seed_, mutants_);
}

}  // namespace halley::fuzz
