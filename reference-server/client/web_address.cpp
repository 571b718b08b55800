#include "reference-server/client/web_address.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "reference-server/request.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

namespace halley::gateway {
namespace {

constexpr octet_view ws_scheme = "ws://";
constexpr octet_view http_scheme = "http://";
constexpr std::uint16_t default_port = 80;

/// What stands behind the scheme: HOST[:PORT][/PATH][?QUERY].
std::variant<web_address, std::string> parse_rest(octet_view text) {
  const auto odd = [](char c) { return ascii::is_control(c) || c == ' '; };
  if (std::ranges::any_of(text, odd)) return "white space or a control character in the URI";
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  const auto named = parse_authority(text.substr(0, end));
  if (!named || named->host.empty()) return "no host and port in the URI";
  web_address result;
  result.where.address = ascii::iequals(named->host, "localhost") ? "127.0.0.1" : named->host;
  result.where.port = named->port.value_or(default_port);
  result.host = named->bracketed ? "[" + named->host + "]" : named->host;
  if (result.where.port != default_port) result.host += ":" + std::to_string(result.where.port);
  result.target = text.substr(end);
  if (!result.target.starts_with('/')) result.target.insert(0, 1, '/');
  return result;
}

}  // namespace

std::variant<web_address, std::string> parse_web_address(octet_view text) {
  if (!ascii::iequals(text.substr(0, ws_scheme.size()), ws_scheme))
    return "only ws:// is spoken here";
  text.remove_prefix(ws_scheme.size());
  // A fragment has no meaning in a ws URI and must not be used (RFC 6455 §3).
  if (text.find('#') != octet_view::npos) return "a ws URI has no fragment";
  return parse_rest(text);
}

std::variant<web_address, std::string> parse_http_address(octet_view text) {
  if (!ascii::iequals(text.substr(0, http_scheme.size()), http_scheme))
    return "only http:// is spoken here";
  return parse_rest(text.substr(0, text.find('#')).substr(http_scheme.size()));
}

}  // namespace halley::gateway
