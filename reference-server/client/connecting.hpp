#pragma once

#include "clock/clock.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <memory>

namespace halley::gateway {

/// A connect that its owner can give up. It may be destroyed while it is under way.
class connecting {
public:
  explicit connecting(transport::runtime& world);

  /// To be called once. Returns: the connection, or null and why.
  awaitable<std::unique_ptr<transport::transport>> to(transport::endpoint where,
                                                      instant deadline,
                                                      error_code& error);
  void give_up();

private:
  struct attempt;

  transport::runtime& world_;
  std::shared_ptr<attempt> attempt_;
};

}  // namespace halley::gateway
