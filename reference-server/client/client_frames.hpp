#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/client/client_guard.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/websocket.hpp"
#include "transport/runtime.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace halley::gateway {

/// The frames of one connection as a client sees them, behind its opening handshake. Beast is
/// behind them, in one file.
class client_frames {
public:
  /// The server's Close. Source: RFC 6455 §7.1.5, §7.1.6.
  struct close_frame {
    std::uint16_t code = 0;  // 0: none
    octets reason;
  };

  static std::unique_ptr<client_frames> over(transport::runtime& world,
                                             guarded connection,
                                             const client_options& how);

  client_frames() = default;
  client_frames(const client_frames&) = delete;
  client_frames& operator=(const client_frames&) = delete;
  virtual ~client_frames() = default;

  /// To be called once, first. Returns: false where the connection is gone.
  virtual awaitable<bool> begin() = 0;
  /// Waits for a message. Returns: false where no more will come: the server's Close has been
  /// answered, or a failure has been told the server (RFC 6455 §7.1.7), or TCP has ended.
  virtual awaitable<bool> read(websocket::message& into) = 0;
  virtual awaitable<bool> write(websocket::message one) = 0;
  /// Sends a Close and waits for the server's: the read under way sees its end.
  virtual awaitable<void> close(close_frame with) = 0;
  /// Tells the server what Beast does not tell it. Neither a read nor a write may be under way.
  virtual awaitable<void> settle() = 0;
  /// The server's Close, where the closing handshake was done with it.
  virtual std::optional<close_frame> closed_by() const = 0;
  /// Waits for the server's FIN until `deadline`, then ends TCP (RFC 6455 §7.1.1).
  virtual awaitable<void> finish(instant deadline) = 0;
  /// Ends TCP now.
  virtual void drop() = 0;
};

}  // namespace halley::gateway
