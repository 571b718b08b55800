#pragma once

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "simulation/network.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace halley::simulation {

/// What one host of a simulated network sees: virtual time, its own random numbers, sockets.
/// Lifetime: the network must outlive it.
class simulated_runtime final : public transport::runtime {
public:
  /// `backlog`: connections that wait to be accepted at most, per listener.
  simulated_runtime(network& on, std::string host, std::size_t backlog = 4096)
      : network_(on), host_(std::move(host)), backlog_(backlog) {}
  ~simulated_runtime() override = default;

  executor get_executor() override { return network_.of().get_executor(); }
  clock::clock& time() override { return network_.of().time(); }
  std::uint64_t random(std::string_view purpose) override;
  std::unique_ptr<transport::listener> listen(const transport::endpoint& where,
                                              error_code& error) override;
  std::unique_ptr<transport::listener> listen_full(const transport::endpoint& where,
                                                   error_code& error) override;
  void async_connect(
      const transport::endpoint& where,
      completion<error_code, std::unique_ptr<transport::transport>> handler) override;

private:
  network& network_;
  std::string host_;
  std::size_t backlog_;
  std::uint64_t chapter_ = 0;  ///< that `sources_` belong to
  std::map<std::string, random_source, std::less<>> sources_;
};

}  // namespace halley::simulation
