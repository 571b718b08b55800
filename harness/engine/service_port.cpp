#include "engine/service_port.hpp"

#include "clock/clock.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <random>

namespace halley::engine {
namespace {

constexpr int most_tries = 100;

struct port_range {
  std::uint16_t first;
  std::uint16_t last;
};

/// Ports that no outgoing connection gets, where there are enough to choose from.
std::optional<port_range> service_range() {
  constexpr unsigned lowest = 10'000;  // below stand well-known services
  constexpr unsigned highest = 65'535;
  constexpr unsigned enough = 2'000;
  unsigned low = 0;
  unsigned high = 0;
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  if (!(file >> low >> high) || high > highest) return std::nullopt;
  if (low >= lowest + enough) return port_range{lowest, static_cast<std::uint16_t>(low - 1)};
  if (high + enough <= highest) return port_range{static_cast<std::uint16_t>(high + 1), highest};
  return std::nullopt;
}

}  // namespace

std::unique_ptr<transport::listener> hold_service_port(transport::runtime& world,
                                                       error_code& error) {
  const auto range = service_range();
  std::random_device source;
  for (int i = 0; range && i < most_tries; ++i) {
    std::uniform_int_distribution<unsigned> any(range->first, range->last);
    transport::endpoint where;
    where.port = static_cast<std::uint16_t>(any(source));
    if (auto held = world.listen(where, error)) return held;
  }
  return world.listen({}, error);
}

}  // namespace halley::engine
