#pragma once

#include "base/bytes.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/web_address.hpp"
#include "reference-server/request.hpp"

#include <string>
#include <variant>
#include <vector>

namespace halley::gateway {

/// What a client asks for in its opening handshake.
struct opening {
  web_address to;
  std::vector<std::string> protocols;  // the favourite first
  std::vector<field> fields;           // of the application
  bool deflate = false;
  bool window = false;  // the offer has client_max_window_bits
  octets key;           // in base64
};

/// What came of it.
struct agreement {
  octets protocol;    // empty: none
  octets extensions;  // as the server named them
  octets deflate;     // permessage-deflate with the parameters that matter to frames; empty: none
};

/// A Sec-WebSocket-Key of 16 octets. Source: RFC 6455 §4.1.
octets key_from(octet_view chance, const client_options& how);

/// The whole head of the request. Source: RFC 6455 §4.1.
octets request_text(const opening& asked, const client_options& how);

/// The Sec-WebSocket-Accept that belongs to `key`. Source: RFC 6455 §4.2.2.
octets accept_for(octet_view key);

/// Checks the final answer to `asked`. Returns: what was agreed on, or why the client must fail.
/// Source: RFC 6455 §4.1, RFC 7692 §7.1.
std::variant<agreement, octets> check_answer(const answer_head& answer,
                                             const opening& asked,
                                             const client_options& how);

}  // namespace halley::gateway
