#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/exchange.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace halley::gateway {

/// What one WebSocket endpoint does differently from another.
struct websocket_terms {
  std::size_t maximum_message = 0;     // octets
  std::vector<std::string> protocols;  // ours, the favourite first
};

/// One WebSocket connection as a service sees it. Beast is behind it, in one file.
class websocket {
public:
  struct message {
    octets data;
    bool text = true;
  };

  /// Checks the opening handshake and answers it (RFC 6455 §4.2). Returns: null where it was
  /// refused, with the answer given.
  static awaitable<std::unique_ptr<websocket>> accept(exchange& with, websocket_terms terms);

  websocket() = default;
  websocket(const websocket&) = delete;
  websocket& operator=(const websocket&) = delete;
  virtual ~websocket() = default;

  /// Waits for a message. Returns: false where no more will come; finish() is due then.
  virtual awaitable<bool> read(message& into) = 0;
  virtual awaitable<bool> write(octet_view data, bool text) = 0;
  /// Whether write_now() may do anything.
  virtual bool writes_now() const = 0;
  /// Writes whole frames that were made elsewhere, where nothing else is being written. Returns:
  /// the count of octets taken, all or none; what the peer does not take at once goes out before
  /// anything else.
  virtual std::size_t write_now(octet_view frames) = 0;
  /// Whether close() may still be called to some effect.
  virtual bool is_open() const = 0;
  virtual awaitable<void> ping() = 0;
  /// When the peer was last heard.
  virtual instant last_input() const = 0;
  /// Begins the closing handshake; the read under way sees its end.
  virtual awaitable<void> close(int code) = 0;
  /// Ends the conversation, when nothing is being written any more: with the Close that is still
  /// due, and TCP behind it. Drops what still comes until the peer's FIN, bounded.
  virtual awaitable<void> finish() = 0;
};

}  // namespace halley::gateway
