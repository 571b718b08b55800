#include "fuzz/oracles/rules.hpp"

#include "checks/finding.hpp"

#include <algorithm>
#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::fuzz {

const std::vector<checks::rule>& ledger_rules() {
  using checks::weight;
  static const std::vector<checks::rule> rows = {
      {"rfc6455/10.4-protect", "RFC 6455 §10.4", weight::must,
       "An endpoint protects itself against messages over its limits."},
      {"rfc6455/11.3.1-key-once", "RFC 6455 §11.3.1", weight::must,
       "Sec-WebSocket-Key never appears twice in a request, so a server refuses such a handshake."},
      {"rfc6455/11.3.5-version-once", "RFC 6455 §11.3.5", weight::should,
       "Sec-WebSocket-Version never appears twice in a request, so a server refuses such a "
       "handshake."},
      {"rfc6455/4.2.1-connection", "RFC 6455 §4.2.1 item 4", weight::must,
       "An opening handshake has a Connection field with the token Upgrade."},
      {"rfc6455/4.2.1-get", "RFC 6455 §4.2.1 item 1", weight::must,
       "An opening handshake is a GET request."},
      {"rfc6455/4.2.1-host", "RFC 6455 §4.2.1 item 2", weight::must,
       "An opening handshake has a Host field."},
      {"rfc6455/4.2.1-http-version", "RFC 6455 §4.2.1 item 1", weight::must,
       "An opening handshake is HTTP/1.1 or higher."},
      {"rfc6455/4.2.1-key", "RFC 6455 §4.2.1 item 5", weight::must,
       "An opening handshake has a Sec-WebSocket-Key field."},
      {"rfc6455/4.2.1-key-size", "RFC 6455 §4.2.1 item 5, §4.2.2 item 4 /key/", weight::should,
       "A key that is not 16 octets in base64 is refused; a MUST by §4.2.1, softened because "
       "§4.2.2 frees servers from decoding it."},
      {"rfc6455/4.2.1-refuse", "RFC 6455 §4.2.1", weight::must,
       "A request that does not match the description of an opening handshake, its ABNF included, "
       "is answered with an HTTP error."},
      {"rfc6455/4.2.1-upgrade", "RFC 6455 §4.2.1 item 3", weight::must,
       "An opening handshake has an Upgrade field with the value websocket."},
      {"rfc6455/4.2.1-version", "RFC 6455 §4.2.1 item 6", weight::must,
       "An opening handshake has a Sec-WebSocket-Version field with the value 13."},
      {"rfc6455/4.2.2-version", "RFC 6455 §4.2.2 item 4 /version/", weight::must,
       "A handshake with a version that the server does not understand is aborted with an HTTP "
       "error."},
      {"rfc6455/4.4-versions", "RFC 6455 §4.4, §4.2.2 item 4", weight::must,
       "A server that does not support the version answers with Sec-WebSocket-Version and every "
       "version it is willing to use."},
      {"rfc6455/5.1-close-unmasked", "RFC 6455 §5.1", weight::must,
       "A server closes the connection when it receives a frame that is not masked."},
      {"rfc6455/5.2-opcode", "RFC 6455 §5.2", weight::must,
       "Opcodes 3 to 7 and 11 to 15 are reserved; an unknown opcode fails the connection."},
      {"rfc6455/5.2-refuse-high-bit", "RFC 6455 §5.2, §10.7", weight::should,
       "A frame whose length has the most significant bit set is refused."},
      {"rfc6455/5.2-rsv", "RFC 6455 §5.2", weight::must,
       "Reserved bits are 0 unless an extension gives them a meaning; another value fails the "
       "connection."},
      {"rfc6455/5.4-refuse-continuation", "RFC 6455 §5.4, §10.7", weight::must,
       "A continuation frame with nothing to continue fails the connection."},
      {"rfc6455/5.4-refuse-interleaved", "RFC 6455 §5.4, §10.7", weight::must,
       "A new message inside an unfinished one fails the connection."},
      {"rfc6455/5.5-refuse-fragmented", "RFC 6455 §5.5, §10.7", weight::must,
       "A control frame without FIN fails the connection."},
      {"rfc6455/5.5-refuse-long", "RFC 6455 §5.5, §10.7", weight::must,
       "A control frame of more than 125 octets fails the connection."},
      {"rfc6455/5.5.1-answer", "RFC 6455 §5.5.1", weight::must,
       "A Close frame is answered with a Close frame."},
      {"rfc6455/5.5.1-discard", "RFC 6455 §1.4, §5.5.1", weight::should,
       "Data behind a Close frame is discarded."},
      {"rfc6455/5.5.1-refuse-short", "RFC 6455 §5.5.1, §10.7", weight::should,
       "A Close frame with a body of one octet is taken for a protocol error."},
      {"rfc6455/5.5.1-tcp", "RFC 6455 §5.5.1", weight::must,
       "After both Close frames, the server closes the TCP connection immediately."},
      {"rfc6455/5.5.2-pong", "RFC 6455 §5.5.2", weight::must,
       "A Ping is answered with a Pong unless a Close was received."},
      {"rfc6455/5.5.3-payload", "RFC 6455 §5.5.3", weight::must,
       "A Pong has the application data of its Ping."},
      {"rfc6455/8.1-fail", "RFC 6455 §8.1", weight::must,
       "Octets that are to be UTF-8 and are not fail the connection."},
      {"rfc6455/9.1-extension-syntax", "RFC 6455 §9.1", weight::must,
       "A Sec-WebSocket-Extensions value that breaks the grammar makes its recipient fail the "
       "connection."},
      {"rfc7692/6-control-frame", "RFC 7692 §6", weight::must,
       "RSV1 is not set on control frames; such a frame fails the connection."},
      {"rfc7692/6-first-fragment", "RFC 7692 §6", weight::must,
       "RSV1 is set on no fragment but the first; another one fails the connection."},
      {"rfc9110/10.1.1-continue", "RFC 9110 §10.1.1", weight::must,
       "A request with 100-continue and content to come is answered at once, by 100 or a final "
       "status."},
      {"rfc9110/8.6-overflow", "RFC 9110 §8.6", weight::must,
       "A recipient anticipates large numbers in Content-Length and neither overflows nor loses "
       "precision."},
      {"rfc9110/9.3.6-tunnel", "RFC 9110 §9.3.6", weight::must,
       "A 2xx response to CONNECT says that the tunnel to the target stands; any other says that "
       "it does not."},
      {"rfc9112/2.2-invalid-message", "RFC 9112 §2.2", weight::should,
       "Octets that do not match the grammar of a message are answered with 400 and the connection "
       "is closed."},
      {"rfc9112/3.2-invalid-host", "RFC 9112 §3.2, RFC 9110 §7.2", weight::must,
       "A request whose Host has an invalid value is answered with 400."},
      {"rfc9112/3.2-missing-host", "RFC 9112 §3.2", weight::must,
       "An HTTP/1.1 request without Host is answered with 400."},
      {"rfc9112/3.2-several-hosts", "RFC 9112 §3.2", weight::must,
       "A request with more than one Host line is answered with 400."},
      {"rfc9112/5.1-refuse-space-before-colon", "RFC 9112 §5.1", weight::must,
       "A request with white space between a field name and the colon is answered with 400."},
      {"rfc9112/6.1-close-after-both", "RFC 9112 §6.1", weight::must,
       "The connection is closed behind the answer to a request with both Content-Length and "
       "Transfer-Encoding."},
      {"rfc9112/6.1-faulty-in-http-1.0", "RFC 9112 §6.1", weight::must,
       "An HTTP/1.0 message with Transfer-Encoding has faulty framing, and the connection is "
       "closed behind it."},
      {"rfc9112/6.3-exact-length", "RFC 9112 §6.3", weight::must,
       "A body has as many octets as its Content-Length says; the next one belongs to the next "
       "message."},
      {"rfc9112/6.3-incomplete", "RFC 9112 §6.3", weight::must,
       "A body shorter than its Content-Length makes the message incomplete, and the connection is "
       "closed."},
      {"rfc9112/6.3-invalid-length", "RFC 9112 §6.3", weight::must,
       "A request with an invalid Content-Length is answered with 400 and the connection is "
       "closed."},
      {"rfc9112/6.3-not-chunked-last", "RFC 9112 §6.3", weight::must,
       "A request whose final transfer coding is not chunked is answered with 400 and the "
       "connection is closed."},
      {"rfc9112/7.1-decode", "RFC 9112 §7.1, §6.1", weight::must,
       "A recipient parses and decodes the chunked transfer coding."},
      {"rfc9112/7.1-overflow", "RFC 9112 §7.1", weight::must,
       "A recipient anticipates large chunk sizes and neither overflows nor loses precision."},
      {"rfc9112/8-incomplete-request", "RFC 9112 §8", weight::must,
       "A chunked body without its last chunk is incomplete and not handled as a complete one."},
      {"rfc9112/9.3-http-1.0", "RFC 9112 §9.3", weight::should,
       "Behind the response to an HTTP/1.0 request without keep-alive the connection is closed."},
      {"rfc9112/9.3-read-body", "RFC 9112 §9.3", weight::must,
       "A server reads the whole body of a request or closes the connection behind its response."},
      {"rfc9112/9.3.2-order", "RFC 9112 §9.3.2", weight::must,
       "Responses are sent in the order in which the requests came."},
      {"rfc9112/9.6-close", "RFC 9112 §9.6", weight::must,
       "A server closes the connection behind the final response to a request with the close "
       "option."},
      {"rfc9112/9.6-no-further-request", "RFC 9112 §9.6", weight::must,
       "Requests behind one with the close option are not processed."},
  };
  return rows;
}

const checks::rule& ledger_rule(std::string_view id) {
  const auto& rows = ledger_rules();
  const auto found = std::ranges::find(rows, id, &checks::rule::id);
  assert(found != rows.end());
  return *found;
}

checks::rule contract_rule(std::string_view contract, std::string says) {
  return {.id = "contract:" + std::string(contract),
          .ref = "endpoint contract " + std::string(contract),
          .level = checks::weight::must,
          .says = std::move(says)};
}

}  // namespace halley::fuzz
