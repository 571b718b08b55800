#pragma once

#include "reference-server/gateway.hpp"
#include "reference-server/options.hpp"
#include "reference-server/profile.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

namespace halley::cli {

/// The reference gateways that a run is played against: one as users get it, and beside it one for
/// each contract that wants other options.
/// Lifetime: `world` outlives it.
class gateway_group {
public:
  gateway_group(transport::runtime& world, const gateway::options& how)
      : usual_(world, how),
        restricted_(world, gateway::restricted_options(how)),
        impatient_(world, gateway::impatient_options(how)) {}

  /// Each listens on a free loopback port. Returns: false with `error` set where one cannot.
  bool start(error_code& error) {
    return usual_.start({}, error) && restricted_.start({}, error) && impatient_.start({}, error);
  }
  gateway::addresses where() const {
    return {usual_.local(), restricted_.local(), impatient_.local()};
  }
  void abort() {
    usual_.abort();
    restricted_.abort();
    impatient_.abort();
  }

private:
  gateway::gateway usual_;
  gateway::gateway restricted_;
  gateway::gateway impatient_;
};

}  // namespace halley::cli
