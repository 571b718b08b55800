#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/options.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>

namespace halley::gateway {

/// The reference gateway: one listener that serves every protocol of the project by path.
/// Thread safety: one thread, that of the runtime's executor.
/// Lifetime: the runtime outlives the gateway; the executor runs until stop() has ended, or the
/// runtime's context is destroyed after the gateway.
class gateway {
public:
  gateway(transport::runtime& world, options how);
  gateway(const gateway&) = delete;
  gateway& operator=(const gateway&) = delete;
  /// As abort().
  ~gateway();

  /// Listens and begins to accept. Returns: false with `error` set where the address cannot be
  /// bound, or (invalid_argument) where the options name an unknown mutant.
  bool start(const transport::endpoint& listen, error_code& error);
  transport::endpoint local() const;

  /// Waits until the gateway was stopped and nothing of it is in flight; rethrows what one of its
  /// coroutines let out.
  awaitable<void> run();
  /// Every open stream is completed, every held poll answered, every WebSocket closed; what is left
  /// after the shutdown timeout is cut.
  awaitable<void> stop();
  /// RST to everybody.
  void abort();

  /// Connections, counters per stage, topics, uptime: what GET /status answers.
  nlohmann::json status() const;
  /// The events of the Comet streams with that key: what GET /comet-log/KEY answers.
  nlohmann::json comet_events(octet_view key) const;

private:
  class running;
  std::shared_ptr<running> running_;
};

}  // namespace halley::gateway
