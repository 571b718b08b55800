#pragma once

#include "transport/transport.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace halley::engine {

/// "ws://127.0.0.1:9001/echo?x" taken apart. Source: RFC 3986 §3, as far as http and ws need it.
struct address {
  std::string scheme;     ///< http, ws
  std::string authority;  ///< "127.0.0.1:9001", as it goes into Host
  std::string host;       ///< "127.0.0.1", "::1": brackets removed
  std::uint16_t port = 80;
  std::string path = "/";  ///< path and query

  bool operator==(const address&) const = default;
};

/// Returns: nothing where `url` is no http:// or ws:// address.
std::optional<address> parse_address(std::string_view url);

/// Where to connect. Names are never looked up: localhost is 127.0.0.1, everything else must be an
/// IP literal. Returns: nothing for other names.
std::optional<transport::endpoint> to_endpoint(const address& of);

}  // namespace halley::engine
