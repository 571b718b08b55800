#include "inspect/content_guess.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace halley::inspect {
namespace {

/// As much as a TLS record holds (RFC 8446 §5.1), and more than a usual request line.
constexpr std::size_t most_client_octets = std::size_t{16} * 1024 + 5;
constexpr std::size_t most_server_octets = 64;

/// Reads the fields of a TLS message, whose lengths stand before them.
class tls_reader {
public:
  explicit tls_reader(octet_view data) : rest_(data) {}

  bool empty() const { return rest_.empty(); }

  octet_view take(std::size_t count) {
    const octet_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::size_t number(std::size_t size) {
    std::size_t value = 0;
    for (const char one : take(size))
      value = value << 8U | static_cast<std::uint8_t>(one);
    return value;
  }

  /// A vector with a length of `size` octets before it.
  octet_view vector(std::size_t size) {
    const std::size_t length = number(size);
    return take(length);
  }

private:
  octet_view rest_;
};

octet_view without_blank_lines(octet_view text) {
  const auto begin = text.find_first_not_of("\r\n");
  return begin == octet_view::npos ? octet_view() : text.substr(begin);
}

bool names_http(octet_view line) {
  const octets lower = ascii::to_lower(line);
  return lower.find("http/") != octets::npos;
}

octet_view first_line(octet_view text) {
  const octet_view begun = without_blank_lines(text);
  return begun.substr(0, begun.find('\n'));
}

/// Source: RFC 9110 §9.1, RFC 5789.
bool begins_with_method(octet_view line) {
  constexpr std::array<octet_view, 9> methods = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                 "CONNECT", "OPTIONS", "TRACE", "PATCH"};
  return std::ranges::any_of(methods, [&](octet_view method) {
    return line.starts_with(method) && line.size() > method.size() &&
           ascii::is_blank(line[method.size()]);
  });
}

constexpr octet_view http_2_preface = "PRI * HTTP/2.0\r\n";  // RFC 9113 §3.4

}  // namespace

std::optional<client_hello> read_client_hello(octet_view record) {
  constexpr std::size_t handshake = 22;
  constexpr std::size_t hello = 1;
  constexpr std::size_t name_extension = 0;
  constexpr std::size_t alpn_extension = 16;
  tls_reader in(record);
  if (in.number(1) != handshake || in.number(1) != 3) return std::nullopt;
  in.take(1 + 2);  // minor version, length of the record
  if (in.number(1) != hello) return std::nullopt;
  in.take(3 + 2 + 32);  // length, version, random
  in.vector(1);         // session id
  in.vector(2);         // cipher suites
  in.vector(1);         // compression methods
  client_hello result;
  tls_reader extensions(in.vector(2));
  while (!extensions.empty()) {
    const std::size_t type = extensions.number(2);
    tls_reader body(extensions.vector(2));
    if (type == name_extension) {
      tls_reader names(body.vector(2));
      if (names.number(1) == 0) result.server_name = octets(names.vector(2));
    } else if (type == alpn_extension) {
      tls_reader list(body.vector(2));
      while (!list.empty())
        result.protocols.emplace_back(list.vector(1));
    }
  }
  return result;
}

void content_guess::take(capture::side from, octet_view data) {
  const bool is_client = from == capture::side::client;
  if (client_.empty() && server_.empty() && !data.empty()) client_was_first_ = is_client;
  octets& kept = is_client ? client_ : server_;
  const std::size_t most = is_client ? most_client_octets : most_server_octets;
  if (kept.size() < most) kept += data.substr(0, most - kept.size());
}

bool content_guess::is_http_2() const {
  return octet_view(client_).starts_with(http_2_preface);
}

bool content_guess::client_speaks_http() const {
  if (is_http_2()) return false;
  const octet_view line = first_line(client_);
  return names_http(line) || (begins_with_method(line) && names_http(first_line(server_)));
}

bool content_guess::server_speaks_http() const {
  if (is_http_2()) return false;
  return octet_view(ascii::to_lower(without_blank_lines(server_))).starts_with("http/") ||
         names_http(first_line(client_));
}

bool content_guess::may_begin_here() const {
  const octet_view line = first_line(client_);
  return !is_http_2() && client_was_first_ && octet_view(client_).starts_with(line) &&
         ascii::is_token(line.substr(0, line.find(' '))) && names_http(line) &&
         (server_.empty() || octet_view(server_).starts_with("HTTP/1."));
}

std::string content_guess::other_name() const {
  if (is_http_2()) return "http/2";
  if (read_client_hello(client_)) return "tls";
  if (octet_view(client_).starts_with("SSH-") || octet_view(server_).starts_with("SSH-"))
    return "ssh";
  return "unknown";
}

std::optional<client_hello> content_guess::hello() const {
  return read_client_hello(client_);
}

}  // namespace halley::inspect
