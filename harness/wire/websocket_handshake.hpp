#pragma once

#include "base/bytes.hpp"
#include "wire/deflate.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <optional>
#include <vector>

namespace halley::wire {

/// The value of Sec-WebSocket-Accept for `key`. Source: RFC 6455 §4.2.2 item 5.4.
octets accept_value(octet_view key);

/// What a 101 response, held against its request, agreed on and what is wrong with it.
struct handshake_result {
  std::vector<wire_error> deviations;  ///< Source: RFC 6455 §4.1 (client's checks 2–6)
  std::optional<octets> subprotocol;
  std::optional<deflate_parameters> deflate;  ///< permessage-deflate, if agreed
  bool operator==(const handshake_result&) const = default;
};

/// Whether `head` asks for a WebSocket (Upgrade: websocket and Connection: Upgrade). Source: RFC
/// 6455 §4.2.1.
bool asks_for_websocket(const request_head& head);

handshake_result judge_handshake(const request_head& request, const response_head& response);

}  // namespace halley::wire
