#include "capture/flow_sink.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

namespace halley::capture {

std::string to_string(const host_port& where) {
  constexpr std::size_t ipv4_at = 12;
  constexpr std::array<unsigned char, ipv4_at> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const std::string port = ":" + std::to_string(where.port);
  if (std::equal(mapped.begin(), mapped.end(), where.address.begin())) {
    ::inet_ntop(AF_INET, where.address.data() + ipv4_at, text.data(), text.size());
    return text.data() + port;
  }
  ::inet_ntop(AF_INET6, where.address.data(), text.data(), text.size());
  return "[" + std::string(text.data()) + "]" + port;
}

}  // namespace halley::capture
