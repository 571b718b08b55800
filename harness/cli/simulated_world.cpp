#include "cli/simulated_world.hpp"

#include "cli/network_choice.hpp"
#include "clock/clock.hpp"
#include "engine/surroundings.hpp"
#include "reference-server/options.hpp"
#include "simulation/world.hpp"

#include <boost/asio/co_spawn.hpp>

#include <cstdint>
#include <exception>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

namespace halley::cli {
namespace {

/// How many tasks and events pass between two looks for signals.
constexpr std::uint64_t steps_between_looks = 20'000;

gateway::options with(const std::set<std::string>& mutants) {
  gateway::options result;
  result.mutants = mutants;
  return result;
}

}  // namespace

simulated_world::simulated_world(std::uint64_t seed,
                                 network_choice networks,
                                 const std::set<std::string>& mutants)
    : seed_(seed),
      world_({.seed = seed}),
      networks_(std::move(networks)),
      gateways_(there_, with(mutants)) {
  error_code error;
  if (!gateways_.start(error)) throw std::logic_error("the gateway: " + error.message());
}

simulated_world::~simulated_world() {
  // What coroutines still hold must go while the network is there.
  world_.end();
}

void simulated_world::play(awaitable<void> work) {
  bool over = false;
  std::exception_ptr bug;
  boost::asio::co_spawn(world_.get_executor(), std::move(work), [&](std::exception_ptr error) {
    bug = std::move(error);
    over = true;
  });
  using outcome = simulation::world::outcome;
  outcome how = outcome::busy;
  while (how == outcome::busy) {
    simulation::world::limits bounds;
    const auto& done = world_.so_far();
    bounds.steps = done.tasks + done.events + steps_between_looks;
    how = world_.run([&] { return over; }, bounds);
    machine_.restart();
    machine_.poll();
  }
  if (bug) std::rethrow_exception(bug);
  if (how != outcome::done)
    throw std::logic_error("the simulation stands still: nobody will ever end the run");
}

engine::surroundings simulated_world::surround(const std::string& instance, bool vary) {
  // So that an instance alone meets what it meets among all.
  network_.begin_chapter(instance);
  const auto choice = vary ? networks_ : *choose_network("none");
  const auto chosen = choice(seed_, instance);
  network_.set_usual(chosen.link);
  return {chosen.name, round_trip(chosen.link), allowance(chosen.link)};
}

}  // namespace halley::cli
