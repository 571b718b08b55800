#pragma once

#include "base/bytes.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halley::wire {

enum class framing_kind {
  none,         ///< no body
  length,       ///< exactly `length` octets
  chunked,      ///< chunked coding
  until_close,  ///< everything until the connection ends
  tunnel,       ///< CONNECT with 2xx, or 101: HTTP ends here
};

/// How long a message's body is, and what is wrong with the way the head says so.
struct body_framing {
  framing_kind kind = framing_kind::none;
  std::uint64_t length = 0;            ///< for framing_kind::length
  std::vector<wire_error> deviations;  ///< in the order found

  bool operator==(const body_framing&) const = default;
};

/// Source: RFC 9112 §6.3, request rules. Transfer-Encoding wins over Content-Length. Where the RFC
/// calls the framing unrecoverable the kind is until_close: a strict recipient takes nothing behind
/// such a head for a message.
body_framing framing_of(const request_head& head);

/// Source: RFC 9112 §6.3, response rules. `request_method` decides about HEAD and CONNECT.
body_framing framing_of(const response_head& head, octet_view request_method);

/// The index of the field line that one of the deviations above is about.
/// Returns: fields.lines.size() where there is none.
std::size_t deviant_line(wire_error deviation, const field_section& fields);

}  // namespace halley::wire
