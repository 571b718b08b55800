#pragma once

#include "base/bytes.hpp"
#include "reference-server/options.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace halley::gateway {

struct field {
  octets name;
  octets value;

  bool operator==(const field&) const = default;
};

/// How a request's body ends. Source: RFC 9112 §6.3.
enum class framing { none, length, chunked };

/// A request head that may be acted on: every rule of RFC 9112 that protects the framing held.
struct request {
  octets method;
  octets target;  // as it came
  octets path;    // of the target, not decoded; "*" for asterisk-form; empty for CONNECT
  octets query;   // behind the "?"
  octets authority;
  int minor = 1;
  std::vector<field> fields;
  framing body = framing::none;
  std::uint64_t length = 0;
  bool close = false;             // the client wants, or its version means, no further request
  bool expects_continue = false;  // Source: RFC 9110 §10.1.1

  /// The first value of `name`, or nothing.
  const octets* find(octet_view name) const;
  std::size_t count(octet_view name) const;
  /// Whether a list field holds `token`, over all its lines.
  bool has_token(octet_view name, octet_view token) const;
  /// The value of a query parameter, percent-decoded.
  std::optional<octets> parameter(octet_view name) const;
};

/// Why a head is not acted on: what to answer before closing.
struct refusal {
  int status = 400;
  const char* why = "";

  bool operator==(const refusal&) const = default;
};

/// Looks for the end of the head at the front of `input`.
/// Returns: the count of its octets with the empty line; 0 while there is none yet; or a refusal as
/// soon as an octet comes that no head may hold (NUL, CR or LF alone).
/// Limits: the head limit of `how`.
/// Source: RFC 9112 §2.1, §2.2.
std::variant<std::size_t, refusal> find_head(octet_view input, const options& how);

/// Decodes one head with its empty line.
/// Errors: the refusals of RFC 9112 §2.3, §3, §5, §6.
std::variant<request, refusal> parse_head(octet_view head, const options& how);

/// Checks the request line (without its line end) alone, so that what cannot become a request is
/// refused before the rest of the head is there.
std::optional<refusal> check_request_line(octet_view line, const options& how);

/// Splits "name: value". Returns: nothing where the line breaks RFC 9112 §5.
std::optional<field> parse_field(octet_view line, const options& how);

/// The number that `text` spells in decimal digits; nothing on any other octet or over 64 bits.
std::optional<std::uint64_t> parse_number(octet_view text);

/// The number at the front of `text` as a careless reader takes it, in C's manner: blanks, a sign
/// and "0x" are read over, what follows the digits is not looked at, and 64 bits wrap round.
/// For mutants only.
std::uint64_t careless_number(octet_view text, unsigned base);

/// A host and port as in authority-form. Source: RFC 9112 §3.2.3, RFC 3986 §3.2.
struct authority {
  octets host;  // an IPv6 literal without its brackets
  bool bracketed = false;
  std::optional<std::uint16_t> port;
};
/// Reads "host:port". `port_wraps`: the fault of a mutant that keeps 16 bits of any number.
std::optional<authority> parse_authority(octet_view text, bool port_wraps = false);

}  // namespace halley::gateway
