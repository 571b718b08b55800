#pragma once

#include "base/bytes.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_line.hpp"
#include "wire/http_message.hpp"

#include <vector>

namespace halley::wire {

/// What the first octets of a message say about all that may follow.
enum class start_line_guess {
  open,        ///< too few octets to tell
  start_line,  ///< a start line begins so
  no_message,  ///< no message of this role begins so
};

/// Whether `begin`, the octets from the first of a message on, can be a start line: "HTTP/" for a
/// response, a token of at most `method_octets` and SP for a request. Limits: looks at no more than
/// that many octets, so that asking again for each octet stays cheap.
start_line_guess guess_start_line(http_role role, octet_view begin);

/// The longest method that a request decoder waits for.
inline constexpr std::size_t method_octets = 64;

/// Fills in method, target and version. `line` has passed guess_start_line.
/// Reports: bad_start_line_space, bad_target, bad_version. Source: RFC 9112 §3.
void read_request_line(const http_line& line, request_head& head, std::vector<http_item>& out);

/// Fills in version, status and reason. `line` has passed guess_start_line.
/// Reports: bad_start_line_space, bad_version, bad_status_code, missing_reason_space, bad_reason.
/// Source: RFC 9112 §4.
void read_status_line(const http_line& line, response_head& head, std::vector<http_item>& out);

}  // namespace halley::wire
