#pragma once

#include "clock/clock.hpp"
#include "transport/path.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

namespace halley::transport {

/// How much a link keeps, and for how long.
struct link_limits {
  std::size_t octets = std::size_t{1}
                       << 20U;  ///< on their way in one direction; then it reads no more
  std::size_t pieces = std::size_t{1} << 14U;     ///< likewise
  duration half_open = std::chrono::minutes(10);  ///< after a vanish, with an end that stays
};

/// Carries one connection between its two ends under a path for each direction: octets in order,
/// FIN as FIN (the other direction goes on), RST as RST. What is not yet due waits in a bounded
/// queue; when that is full, the link stops reading and the sender feels it.
/// A cut comes when exactly its octets were written to the receiver. On real sockets the kernels in
/// between may still join pieces, and an RST may overtake what the receiver's window did not take.
/// Thread safety: one thread, that of the runtime's executor.
/// Lifetime: the runtime outlives the end of run().
class impaired_link {
public:
  struct ends {
    std::unique_ptr<transport> near;  ///< of whoever connected
    std::unique_ptr<transport> far;
  };
  struct paths {
    path up;
    path down;
  };

  impaired_link(runtime& world, ends between, const paths& on, link_limits limits = {});
  impaired_link(const impaired_link&) = delete;
  impaired_link& operator=(const impaired_link&) = delete;
  /// As stop().
  ~impaired_link();

  /// Carries until both directions have ended; rethrows what one of its coroutines let out.
  awaitable<void> run();
  /// RST to both ends; run() ends soon.
  void stop();

private:
  class carried;
  std::shared_ptr<carried> carried_;
};

}  // namespace halley::transport
