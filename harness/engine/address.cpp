#include "engine/address.hpp"

#include "base/ascii.hpp"
#include "transport/transport.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace halley::engine {

std::optional<address> parse_address(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  address result;
  result.scheme = ascii::to_lower(url.substr(0, colon));
  if (result.scheme != "http" && result.scheme != "ws") return std::nullopt;
  url.remove_prefix(colon + 3);
  const auto slash = url.find_first_of("/?");
  const auto authority = url.substr(0, slash);
  if (authority.empty() || authority.find('@') != std::string_view::npos) return std::nullopt;
  result.authority = authority;
  if (slash != std::string_view::npos) {
    result.path = url.substr(slash);
    if (result.path.front() == '?') result.path.insert(0, "/");
  }

  std::string_view port;
  if (authority.front() == '[') {
    const auto bracket = authority.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    result.host = authority.substr(1, bracket - 1);
    port = authority.substr(bracket + 1);
    if (!port.empty() && port.front() != ':') return std::nullopt;
  } else {
    const auto at = authority.find(':');
    result.host = authority.substr(0, at);
    if (at != std::string_view::npos) port = authority.substr(at);
  }
  if (result.host.empty()) return std::nullopt;  // RFC 9110 §4.2.1
  if (port.size() > 1) {
    port.remove_prefix(1);
    const std::string digits(port);
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, result.port);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  }
  return result;
}

std::optional<transport::endpoint> to_endpoint(const address& of) {
  if (ascii::iequals(of.host, "localhost")) return transport::endpoint{"127.0.0.1", of.port};
  boost::system::error_code error;
  boost::asio::ip::make_address(of.host, error);
  if (error) return std::nullopt;
  return transport::endpoint{of.host, of.port};
}

}  // namespace halley::engine
