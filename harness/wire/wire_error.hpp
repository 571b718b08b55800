#pragma once

#include <string_view>

namespace halley::wire {

/// Every rule of the wire that a peer can break. Decoders report each one and go on where they can.
enum class wire_error {
  // HTTP/1.1 start line. RFC 9112 §3, §4.
  bad_method,               ///< not a token, §3.1 of RFC 9112 / §9.1 of RFC 9110
  bad_target,               ///< white space or control character in the request target, §3.2
  bad_version,              ///< not HTTP/DIGIT.DIGIT, §2.3
  bad_status_code,          ///< not three digits, §4
  missing_reason_space,     ///< no SP behind the status code, §4
  bad_reason,               ///< control character in the reason phrase, §4
  bad_start_line_space,     ///< more or other white space than one SP between parts, §3
  blank_before_start_line,  ///< empty line before the start line, §2.2
  // Field lines. RFC 9112 §2.2, §5.
  bare_lf,             ///< LF without CR as line end, §2.2
  bare_cr,             ///< CR not followed by LF, §2.2
  bad_field_name,      ///< not a token, §5.1
  space_before_colon,  ///< white space between name and colon, §5.1
  missing_colon,       ///< field line without a colon, §5
  bad_field_value,     ///< NUL or another control character, RFC 9110 §5.5
  obs_fold,            ///< line folding, §5.2
  leading_space_line,  ///< white space before the first field line, §2.2
  head_too_long,       ///< over the decoder's limit
  // Framing. RFC 9112 §6.
  bad_content_length,                     ///< not 1*DIGIT or too large, §6.3, RFC 9110 §8.6
  conflicting_content_length,             ///< different values, §6.3
  repeated_content_length,                ///< the same value several times, §6.3
  content_length_with_transfer_encoding,  ///< §6.1, §6.3
  chunked_not_last,                       ///< §6.1, §6.3
  chunked_repeated,                       ///< chunked applied twice, §6.1
  unknown_transfer_coding,                ///< §6.1
  transfer_encoding_in_http_1_0,          ///< §6.1
  forbidden_content_length,     ///< Content-Length in 1xx, 204 or 2xx to CONNECT, RFC 9110 §8.6
  forbidden_transfer_encoding,  ///< Transfer-Encoding in 1xx, 204 or 2xx to CONNECT, RFC 9112 §6.1
  unexpected_response,          ///< a response nobody asked for, §6.3 and RFC 9112 §9.2
  truncated_head,               ///< connection ended inside a head, §8
  truncated_body,               ///< connection ended before the declared end, §8
  // Chunked coding. RFC 9112 §7.1.
  bad_chunk_size,       ///< not 1*HEXDIG
  chunk_size_overflow,  ///< over 2^63-1
  bad_chunk_extension,  ///< not token [= token / quoted-string], §7.1.1
  chunk_line_too_long,  ///< over the decoder's limit
  missing_chunk_crlf,   ///< chunk data not followed by CRLF
  // WebSocket frames. RFC 6455 §5.
  reserved_bit,              ///< RSV1–3 without an extension that defines it, §5.2
  reserved_opcode,           ///< 3–7, 11–15, §5.2
  control_frame_too_long,    ///< over 125 octets, §5.5
  fragmented_control_frame,  ///< FIN clear, §5.5
  non_minimal_length,        ///< §5.2
  length_high_bit,           ///< 64-bit length with the most significant bit set, §5.2
  unmasked_client_frame,     ///< §5.1
  masked_server_frame,       ///< §5.1
  unexpected_continuation,   ///< nothing to continue, §5.4
  missing_continuation,      ///< a new data frame inside a fragmented message, §5.4
  message_too_large,         ///< over the decoder's limit
  bad_utf8,                  ///< in a text message, §8.1
  bad_close_length,          ///< Close body of one octet, §5.5.1
  bad_close_code,            ///< a code that must not be on the wire, §7.4
  bad_close_reason_utf8,     ///< §5.5.1
  frame_after_close,         ///< §5.5.1
  truncated_frame,           ///< connection ended inside a frame
  // permessage-deflate. RFC 7692.
  bad_deflate_data,       ///< does not inflate, §7.2.2
  rsv1_on_continuation,   ///< §7.2.3.1 and §6
  rsv1_on_control_frame,  ///< §6
  inflated_too_large,     ///< over the decoder's limit
  // Opening handshake. RFC 6455 §4.
  bad_accept_key,              ///< §4.2.2, §4.1
  missing_upgrade,             ///< no Upgrade: websocket, §4.1, §4.2.1
  missing_connection_upgrade,  ///< no Connection: Upgrade
  unrequested_subprotocol,     ///< §4.1
  unrequested_extension,       ///< §4.1
  // Server-sent events. WHATWG HTML, server-sent events.
  event_stream_bad_utf8,       ///< the stream is decoded as UTF-8, wrong octets become U+FFFD
  event_stream_bad_retry,      ///< retry with something else than ASCII digits
  event_stream_nul_in_id,      ///< an id that holds NUL is ignored
  event_stream_unknown_field,  ///< legal, ignored
  event_stream_unfinished,     ///< the stream ended inside a block: it is thrown away
  event_stream_line_too_long,  ///< over the decoder's limit
};

/// The value's own name, "bad_chunk_size": stable, used in event logs.
std::string_view name(wire_error error);
/// One sentence about it for people, with its section.
std::string_view message(wire_error error);

}  // namespace halley::wire
