#pragma once

#include "base/bytes.hpp"
#include "transport/transport.hpp"

#include <string>
#include <variant>

namespace halley::gateway {

/// Where a client is to go: the parts of a ws or http URI.
struct web_address {
  transport::endpoint where;
  octets host;    // for Host: with the port unless that is 80
  octets target;  // path and query: the request target
};

/// Reads "ws://HOST[:PORT][/PATH][?QUERY]". Hosts are IP literals and localhost; nothing is looked
/// up. Returns: the address, or why there is none.
/// Source: RFC 6455 §3.
std::variant<web_address, std::string> parse_web_address(octet_view text);

/// The same for "http://…"; a fragment is left out of the target.
/// Source: RFC 9110 §4.2.1, §7.1.
std::variant<web_address, std::string> parse_http_address(octet_view text);

}  // namespace halley::gateway
