#pragma once

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"

#include <optional>
#include <string>
#include <vector>

namespace halley::inspect {

/// What the first message of a TLS client says in the clear. Source: RFC 8446 §4.1.2.
struct client_hello {
  std::string server_name;             ///< RFC 6066 §3
  std::vector<std::string> protocols;  ///< RFC 7301 §3.1
};

/// Reads a TLS record that holds a ClientHello; one that is cut short gives what is there.
/// Returns: nothing where it is none.
std::optional<client_hello> read_client_hello(octet_view record);

/// Says what two sides speak by what they say first, never by ports.
class content_guess {
public:
  void take(capture::side from, octet_view data);

  /// Whether the client's octets are HTTP/1.1, or were meant to be.
  bool client_speaks_http() const;
  bool server_speaks_http() const;
  /// Whether this is HTTP at all.
  bool is_http() const { return client_speaks_http() || server_speaks_http(); }
  /// Whether both directions may begin with a message, and the client's began first: what a capture
  /// that begins inside a connection has to show before its octets are taken for HTTP.
  bool may_begin_here() const;
  bool silent() const { return client_.empty() && server_.empty(); }

  /// "tls", "http/2", "ssh", "unknown": what it is where it is no HTTP/1.1.
  std::string other_name() const;
  std::optional<client_hello> hello() const;

private:
  bool is_http_2() const;

  octets client_;
  octets server_;
  bool client_was_first_ = false;
};

}  // namespace halley::inspect
