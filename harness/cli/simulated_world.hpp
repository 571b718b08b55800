#pragma once

#include "cli/gateway_group.hpp"
#include "cli/network_choice.hpp"
#include "cli/run_world.hpp"
#include "clock/clock.hpp"
#include "engine/surroundings.hpp"
#include "reference-server/profile.hpp"
#include "simulation/network.hpp"
#include "simulation/simulated_runtime.hpp"
#include "simulation/world.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <set>
#include <string>

namespace halley::cli {

/// The reference gateway on one host of a simulated network, Halley on another, the reference
/// client on a third; one seed, one thread, virtual time. Instances are played one after the other:
/// time costs nothing here, and each meets the network that it was given.
class simulated_world final : public run_world {
public:
  simulated_world(std::uint64_t seed,
                  network_choice networks,
                  const std::set<std::string>& mutants);
  ~simulated_world() override;

  gateway::addresses where() const { return gateways_.where(); }

  transport::runtime& runtime() override { return here_; }
  transport::runtime& client_runtime() override { return client_; }
  bool simulated() const override { return true; }
  boost::asio::io_context& machine() override { return machine_; }
  void play(awaitable<void> work) override;
  engine::surroundings surround(const std::string& instance, bool vary) override;

private:
  std::uint64_t seed_;
  boost::asio::io_context machine_{1};
  simulation::world world_;
  simulation::network network_{world_};
  simulation::simulated_runtime here_{network_, "halley"};
  simulation::simulated_runtime there_{network_, "gateway"};
  simulation::simulated_runtime client_{network_, "client"};
  network_choice networks_;
  gateway_group gateways_;
};

}  // namespace halley::cli
