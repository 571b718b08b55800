#pragma once

#include "clock/clock.hpp"
#include "reference-server/client/client_options.hpp"
#include "transport/runtime.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <memory>

namespace halley::gateway {

/// A client under test that is right: speaks the driver protocol's objects, over any runtime (real
/// sockets or simulation), on the runtime's own executor. It opens WebSockets, reads event
/// streams and sends HTTP requests.
/// Limits: those of its options. Loopback is not demanded: whoever commands decides.
/// Thread safety: one thread, that of the runtime's executor.
/// Lifetime: the runtime outlives it; the executor runs until stop() has ended, or the runtime's
/// context is destroyed after the client.
class reference_client {
public:
  using reporter = std::function<void(const nlohmann::json& line)>;

  /// `tell` gets every answer and event, in order.
  reference_client(transport::runtime& world, client_options how, reporter tell);
  reference_client(const reference_client&) = delete;
  reference_client& operator=(const reference_client&) = delete;
  /// As abort().
  ~reference_client();

  /// Takes one command. Its answer comes before this returns, its events come later.
  void command(const nlohmann::json& line);
  /// Drops all sessions at once and reports nothing more.
  void abort();
  /// As abort(), and waits for what unwinds; rethrows what a coroutine let out.
  awaitable<void> stop();

private:
  class running;
  std::shared_ptr<running> running_;
};

}  // namespace halley::gateway
