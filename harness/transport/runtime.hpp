#pragma once

#include "clock/clock.hpp"
#include "transport/transport.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace halley::transport {

/// The world that code runs in: real sockets and real time, or a simulated network in virtual time.
/// All that the gateway and the harness know of the outside.
class runtime {
public:
  runtime() = default;
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;
  virtual ~runtime() = default;

  virtual executor get_executor() = 0;
  virtual clock::clock& time() = 0;
  /// A random number from the stream `purpose`: the same seed gives the same numbers per purpose.
  virtual std::uint64_t random(std::string_view purpose) = 0;
  /// Null with `error` set where the address cannot be bound. Port 0 takes a free one.
  virtual std::unique_ptr<listener> listen(const endpoint& where, error_code& error) = 0;
  /// Listens, but the queue of connections that wait to be accepted is full for ever: an attempt to
  /// connect gets no answer, as if nobody were there. Source: listen(2).
  virtual std::unique_ptr<listener> listen_full(const endpoint& where, error_code& error) = 0;
  virtual void async_connect(const endpoint& where,
                             completion<error_code, std::unique_ptr<transport>> handler) = 0;
};

/// Connects; null on error. Cancelling the coroutine cancels the connect.
awaitable<std::unique_ptr<transport>> connect(runtime& world,
                                              const endpoint& where,
                                              error_code& error);

}  // namespace halley::transport
