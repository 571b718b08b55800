#include "simulation/simulated_runtime.hpp"

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "simulation/network.hpp"
#include "simulation/world.hpp"
#include "transport/transport.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace halley::simulation {

std::uint64_t simulated_runtime::random(std::string_view purpose) {
  if (network_.of().chapter() != chapter_) {
    chapter_ = network_.of().chapter();
    sources_.clear();
  }
  auto found = sources_.find(purpose);
  if (found == sources_.end()) {
    const auto name = host_ + "/" + std::string(purpose);
    found = sources_.emplace(std::string(purpose), random_source::named(network_.of().seed(), name))
                .first;
  }
  return found->second.next();
}

std::unique_ptr<transport::listener> simulated_runtime::listen(const transport::endpoint& where,
                                                               error_code& error) {
  return network_.listen(host_, where, backlog_, error);
}

std::unique_ptr<transport::listener> simulated_runtime::listen_full(
    const transport::endpoint& where, error_code& error) {
  return network_.listen(host_, where, 0, error);
}

void simulated_runtime::async_connect(
    const transport::endpoint& where,
    completion<error_code, std::unique_ptr<transport::transport>> handler) {
  network_.connect(host_, where, std::move(handler));
}

}  // namespace halley::simulation
