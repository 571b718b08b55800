#pragma once

#include "clock/clock.hpp"
#include "simulation/network.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halley::cli {

/// A simulated network that instances are played over.
struct named_network {
  std::string name;
  simulation::network::link link;
};

/// The network for an instance; the same name and seed give the same one.
using network_choice =
    std::function<named_network(std::uint64_t seed, const std::string& instance)>;

/// The names that --network knows, each with a line of help.
std::vector<std::pair<std::string_view, std::string_view>> network_names();

/// `vary` takes one of the named ones for each instance, `random` draws the numbers themselves;
/// else one of network_names() for all. Nothing where the name is unknown.
std::optional<network_choice> choose_network(const std::string& name);

/// How long octets are on their way and back, at most, where no rate and no buffer limits them.
duration round_trip(const simulation::network::link& of);
/// What the network may add to a wait of any scenario: several round trips, lost segments sent
/// again, and big bodies at a low rate.
duration allowance(const simulation::network::link& of);

}  // namespace halley::cli
