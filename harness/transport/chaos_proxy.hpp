#pragma once

#include "clock/clock.hpp"
#include "transport/impaired_link.hpp"
#include "transport/path.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace halley::transport {

struct chaos_settings {
  endpoint upstream;        ///< where the connections go on to
  std::vector<rule> rules;  ///< the first that names a direction of a connection decides
  std::size_t most_connections = 1024;  ///< at a time; beyond, none is accepted
  duration connect_patience = std::chrono::seconds(10);
  link_limits limits;
};

/// A network that misbehaves by rule, in front of a real server: accepts connections, counts them
/// from 1, and carries each to `upstream` as the rules say. Written against the runtime alone.
/// A socket that listens cannot refuse or ignore chosen connections, its kernel has accepted them
/// before anybody is asked: `refuse` is an RST at once after that, `drop` an end that never answers
/// and never connects upstream.
/// Limits: loopback addresses only, on both sides.
/// Thread safety: one thread, that of the runtime's executor.
/// Lifetime: the runtime outlives the proxy; the executor runs until stop() has ended, or the
/// runtime's context is destroyed after the proxy.
class chaos_proxy {
public:
  chaos_proxy(runtime& world, chaos_settings settings);
  chaos_proxy(const chaos_proxy&) = delete;
  chaos_proxy& operator=(const chaos_proxy&) = delete;
  /// As abort().
  ~chaos_proxy();

  /// Listens and begins to accept. Returns: false with `error` set where the address cannot be
  /// bound, or (access_denied) where it or the upstream is not loopback.
  bool start(const endpoint& listen, error_code& error);
  endpoint local() const;
  /// Connections accepted so far.
  std::uint64_t accepted() const;
  /// Those of them that nobody took behind the proxy; they are reset.
  std::uint64_t unreachable() const;
  /// Connections that are open now.
  std::size_t open() const;

  /// Ends every connection with RST and waits for what is in flight; rethrows what a coroutine let
  /// out.
  awaitable<void> stop();
  /// Ends every connection with RST.
  void abort();

private:
  class running;
  std::shared_ptr<running> running_;
};

}  // namespace halley::transport
