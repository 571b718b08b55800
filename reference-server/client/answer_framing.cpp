#include "reference-server/client/answer_framing.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace halley::gateway {
namespace {

using kind = answer_framing::kind;

constexpr octet_view prefix = "client-http-";
constexpr unsigned decimal = 10;
constexpr int no_content = 204;
constexpr int not_modified = 304;

/// Whether the answer ends with its head, whatever its fields say.
bool ends_with_head(const answer_head& head, octet_view method, const client_options& how) {
  if (method == "HEAD") return !how.mutant("client-http-head-has-body");
  if (head.status == no_content) return !how.mutant("client-http-204-has-body");
  if (head.status == not_modified) return !how.mutant("client-http-304-has-body");
  return false;
}

std::variant<answer_framing, octets> read_codings(const answer_head& head,
                                                  const client_options& how) {
  // Who sends Transfer-Encoding in HTTP/1.0 does not know what it does (RFC 9112 §6.1).
  if (head.minor == 0 && !how.mutant("client-http-chunked-in-http10"))
    return octets("Transfer-Encoding in HTTP/1.0");
  const std::vector<octets> codings = head.elements("Transfer-Encoding");
  const auto is_chunked = [&](const octets& coding) {
    return how.mutant("client-http-coding-case-seen") ? coding == "chunked"
                                                      : ascii::iequals(coding, "chunked");
  };
  if (how.mutant("client-http-chunked-anywhere"))
    for (const octets& one : codings)
      if (is_chunked(one)) return answer_framing{kind::chunked, 0};
  // No other coding is known here, and none was asked for with TE.
  if (codings.size() == 1 && is_chunked(codings.front())) return answer_framing{kind::chunked, 0};
  return octets("a transfer coding that is not known");
}

std::optional<std::uint64_t> read_number(octet_view text, const client_options& how) {
  if (how.mutant("client-http-length-by-strtol")) return careless_number(text, decimal);
  if (how.mutant("client-http-length-in-32-bits"))
    return static_cast<std::uint32_t>(careless_number(text, decimal));
  return parse_number(text);
}

/// A list of equal numbers is that number. Source: RFC 9112 §6.3, RFC 9110 §8.6.
std::variant<answer_framing, octets> read_lengths(const answer_head& head,
                                                  const client_options& how) {
  std::vector<octets> values;
  for (const field& one : head.fields) {
    if (!ascii::iequals(one.name, "Content-Length")) continue;
    std::size_t from = 0;
    // An empty element, too, is none that is a number.
    for (std::size_t comma = 0; comma != octets::npos; from = comma + 1) {
      comma = one.value.find(',', from);
      values.emplace_back(ascii::trim_blank(octet_view(one.value).substr(from, comma - from)));
    }
  }
  std::optional<std::uint64_t> length;
  for (const octets& value : values) {
    const auto number = read_number(value, how);
    if (!number) return octets("Content-Length is no number");
    if (length && *length != *number) {
      if (how.mutant("client-http-first-length-wins")) break;
      return octets("Content-Length says two things");
    }
    length = number;
  }
  return answer_framing{kind::length, length.value_or(0)};
}

}  // namespace

std::variant<answer_framing, octets> framing_of(const answer_head& head,
                                                octet_view method,
                                                const client_options& how) {
  if (ends_with_head(head, method, how)) return answer_framing{kind::none, 0};
  const bool coded = head.count("Transfer-Encoding") != 0;
  const bool sized = head.count("Content-Length") != 0;
  const bool framed = (coded || sized) && how.mutant("client-http-tunnel-has-body");
  if (method == "CONNECT" && head.status / 100 == 2 && !framed)
    return answer_framing{kind::tunnel, 0};
  const bool length_wins = sized && how.mutant("client-http-length-over-coding");
  if (coded && !length_wins) {
    if (sized) return octets("Content-Length beside Transfer-Encoding");
    return read_codings(head, how);
  }
  if (sized) return read_lengths(head, how);
  if (how.mutant("client-http-no-length-no-body")) return answer_framing{kind::none, 0};
  return answer_framing{kind::until_close, 0};
}

bool persists(const answer_head& head, const answer_framing& framing, const client_options& how) {
  if (framing.is == kind::until_close || framing.is == kind::tunnel) return false;
  if (how.mutant("client-http-close-ignored")) return true;
  const octets options = head.value("Connection").value_or("");
  if (ascii::list_has_token(options, "close")) return false;
  return head.minor > 0 || ascii::list_has_token(options, "keep-alive");
}

options reading_options(const client_options& how) {
  options result;
  result.http_maximum_head_size = how.maximum_head;
  for (const std::string& name : how.mutants)
    if (name.starts_with(prefix)) result.mutants.insert(name.substr(prefix.size()));
  return result;
}

}  // namespace halley::gateway
