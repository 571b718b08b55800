#include "wire/wire_error.hpp"

#include <array>
#include <cassert>
#include <cstddef>
#include <string_view>

namespace halley::wire {
namespace {

struct description {
  wire_error error;
  std::string_view name;
  std::string_view message;
};

// One line a value, in the order of the enumeration: checked below.
// clang-format off
constexpr auto descriptions = std::to_array<description>({
    {wire_error::bad_method, "bad_method", "The request does not begin with a method token and one space (RFC 9112 §3.1)."},
    {wire_error::bad_target, "bad_target", "The request target is empty or holds an octet other than visible US-ASCII (RFC 9112 §3.2)."},
    {wire_error::bad_version, "bad_version", "The version is not HTTP/DIGIT.DIGIT (RFC 9112 §2.3)."},
    {wire_error::bad_status_code, "bad_status_code", "The status code is not three digits (RFC 9112 §4)."},
    {wire_error::missing_reason_space, "missing_reason_space", "No space stands behind the status code (RFC 9112 §4)."},
    {wire_error::bad_reason, "bad_reason", "The reason phrase holds a control character (RFC 9112 §4)."},
    {wire_error::bad_start_line_space, "bad_start_line_space", "The parts of the start line are not separated by exactly one space (RFC 9112 §3, §4)."},
    {wire_error::blank_before_start_line, "blank_before_start_line", "An empty line stands before the start line (RFC 9112 §2.2)."},
    {wire_error::bare_lf, "bare_lf", "A line ends with LF and no CR before it (RFC 9112 §2.2)."},
    {wire_error::bare_cr, "bare_cr", "A CR is not followed by LF (RFC 9112 §2.2)."},
    {wire_error::bad_field_name, "bad_field_name", "The field name is not a token (RFC 9112 §5, RFC 9110 §5.1)."},
    {wire_error::space_before_colon, "space_before_colon", "White space stands between the field name and the colon (RFC 9112 §5.1)."},
    {wire_error::missing_colon, "missing_colon", "The field line has no colon (RFC 9112 §5)."},
    {wire_error::bad_field_value, "bad_field_value", "The field value holds a control character (RFC 9110 §5.5)."},
    {wire_error::obs_fold, "obs_fold", "The field value is folded over several lines (RFC 9112 §5.2)."},
    {wire_error::leading_space_line, "leading_space_line", "White space begins the line before the first field line (RFC 9112 §2.2)."},
    {wire_error::head_too_long, "head_too_long", "The head or trailer section is longer than the decoder's limit (RFC 9110 §5.4)."},
    {wire_error::bad_content_length, "bad_content_length", "Content-Length is not a decimal number that fits 63 bits (RFC 9112 §6.3, RFC 9110 §8.6)."},
    {wire_error::conflicting_content_length, "conflicting_content_length", "Content-Length is given with different values (RFC 9112 §6.3)."},
    {wire_error::repeated_content_length, "repeated_content_length", "Content-Length is given several times with the same value (RFC 9112 §6.3)."},
    {wire_error::content_length_with_transfer_encoding, "content_length_with_transfer_encoding", "Content-Length stands beside Transfer-Encoding (RFC 9112 §6.2)."},
    {wire_error::chunked_not_last, "chunked_not_last", "Transfer-Encoding does not end with chunked (RFC 9112 §6.1)."},
    {wire_error::chunked_repeated, "chunked_repeated", "The chunked coding is applied more than once (RFC 9112 §6.1)."},
    {wire_error::unknown_transfer_coding, "unknown_transfer_coding", "Transfer-Encoding names a coding that is not registered, or gives one parameters that it does not have (RFC 9112 §7)."},
    {wire_error::transfer_encoding_in_http_1_0, "transfer_encoding_in_http_1_0", "Transfer-Encoding stands in a message of a version before HTTP/1.1 (RFC 9112 §6.1)."},
    {wire_error::forbidden_content_length, "forbidden_content_length", "Content-Length stands in a 1xx or 204 response or a 2xx response to CONNECT (RFC 9110 §8.6)."},
    {wire_error::forbidden_transfer_encoding, "forbidden_transfer_encoding", "Transfer-Encoding stands in a 1xx or 204 response or a 2xx response to CONNECT (RFC 9112 §6.1)."},
    {wire_error::unexpected_response, "unexpected_response", "A response came that no request asked for (RFC 9112 §6.3, §9.2)."},
    {wire_error::truncated_head, "truncated_head", "The connection ended inside a head (RFC 9112 §8)."},
    {wire_error::truncated_body, "truncated_body", "The connection ended before the declared end of the body (RFC 9112 §8)."},
    {wire_error::bad_chunk_size, "bad_chunk_size", "The chunk size is not one or more hexadecimal digits (RFC 9112 §7.1)."},
    {wire_error::chunk_size_overflow, "chunk_size_overflow", "The chunk size does not fit 63 bits (RFC 9112 §7.1)."},
    {wire_error::bad_chunk_extension, "bad_chunk_extension", "What follows the chunk size is no chunk extension (RFC 9112 §7.1.1)."},
    {wire_error::chunk_line_too_long, "chunk_line_too_long", "The chunk-size line is longer than the decoder's limit (RFC 9112 §7.1.1)."},
    {wire_error::missing_chunk_crlf, "missing_chunk_crlf", "The chunk data is not followed by CRLF (RFC 9112 §7.1)."},
    {wire_error::reserved_bit, "reserved_bit", "A reserved bit is set and no negotiated extension defines it (RFC 6455 §5.2)."},
    {wire_error::reserved_opcode, "reserved_opcode", "The opcode is reserved (RFC 6455 §5.2)."},
    {wire_error::control_frame_too_long, "control_frame_too_long", "A control frame carries more than 125 octets (RFC 6455 §5.5)."},
    {wire_error::fragmented_control_frame, "fragmented_control_frame", "A control frame is fragmented (RFC 6455 §5.5)."},
    {wire_error::non_minimal_length, "non_minimal_length", "The payload length is not in its shortest form (RFC 6455 §5.2)."},
    {wire_error::length_high_bit, "length_high_bit", "The most significant bit of the 64-bit payload length is set (RFC 6455 §5.2)."},
    {wire_error::unmasked_client_frame, "unmasked_client_frame", "A client sent a frame without a mask (RFC 6455 §5.1)."},
    {wire_error::masked_server_frame, "masked_server_frame", "A server sent a masked frame (RFC 6455 §5.1)."},
    {wire_error::unexpected_continuation, "unexpected_continuation", "A continuation frame came with no message to continue (RFC 6455 §5.4)."},
    {wire_error::missing_continuation, "missing_continuation", "A new data frame came inside a fragmented message (RFC 6455 §5.4)."},
    {wire_error::message_too_large, "message_too_large", "The message is larger than the decoder's limit (RFC 6455 §10.4)."},
    {wire_error::bad_utf8, "bad_utf8", "A text message is not UTF-8 (RFC 6455 §8.1)."},
    {wire_error::bad_close_length, "bad_close_length", "The body of a Close frame is a single octet (RFC 6455 §5.5.1)."},
    {wire_error::bad_close_code, "bad_close_code", "The Close code must not be on the wire (RFC 6455 §7.4)."},
    {wire_error::bad_close_reason_utf8, "bad_close_reason_utf8", "The Close reason is not UTF-8 (RFC 6455 §5.5.1)."},
    {wire_error::frame_after_close, "frame_after_close", "A frame came after the Close frame (RFC 6455 §5.5.1)."},
    {wire_error::truncated_frame, "truncated_frame", "The connection ended inside a frame (RFC 6455 §5.2)."},
    {wire_error::bad_deflate_data, "bad_deflate_data", "The compressed message does not inflate (RFC 7692 §7.2.2)."},
    {wire_error::rsv1_on_continuation, "rsv1_on_continuation", "RSV1 is set on a frame that is not the first of its message (RFC 7692 §6, §7.2.3.1)."},
    {wire_error::rsv1_on_control_frame, "rsv1_on_control_frame", "RSV1 is set on a control frame (RFC 7692 §6)."},
    {wire_error::inflated_too_large, "inflated_too_large", "The message inflates to more than the decoder's limit (RFC 7692 §8)."},
    {wire_error::bad_accept_key, "bad_accept_key", "Sec-WebSocket-Accept does not answer the key of the request (RFC 6455 §4.1, §4.2.2)."},
    {wire_error::missing_upgrade, "missing_upgrade", "No Upgrade field names websocket (RFC 6455 §4.1, §4.2.1)."},
    {wire_error::missing_connection_upgrade, "missing_connection_upgrade", "No Connection field holds the Upgrade option (RFC 6455 §4.1, §4.2.1)."},
    {wire_error::unrequested_subprotocol, "unrequested_subprotocol", "The server chose a subprotocol that was not offered (RFC 6455 §4.1)."},
    {wire_error::unrequested_extension, "unrequested_extension", "The server chose an extension that was not offered (RFC 6455 §4.1)."},
    {wire_error::event_stream_bad_utf8, "event_stream_bad_utf8", "The event stream is not UTF-8 (WHATWG HTML §9.2.5)."},
    {wire_error::event_stream_bad_retry, "event_stream_bad_retry", "A retry field holds something other than ASCII digits (WHATWG HTML §9.2.6)."},
    {wire_error::event_stream_nul_in_id, "event_stream_nul_in_id", "An id field holds NUL and is ignored (WHATWG HTML §9.2.6)."},
    {wire_error::event_stream_unknown_field, "event_stream_unknown_field", "A field of the event stream has no meaning and is ignored (WHATWG HTML §9.2.6)."},
    {wire_error::event_stream_unfinished, "event_stream_unfinished", "The stream ended inside an event, which is thrown away (WHATWG HTML §9.2.6)."},
    {wire_error::event_stream_line_too_long, "event_stream_line_too_long", "A line of the event stream is longer than the decoder's limit (WHATWG HTML §9.2.5)."},
});
// clang-format on

constexpr bool in_order() {
  for (std::size_t i = 0; i < descriptions.size(); ++i)
    if (static_cast<std::size_t>(descriptions[i].error) != i) return false;
  return true;
}

static_assert(in_order());
static_assert(descriptions.back().error == wire_error::event_stream_line_too_long,
              "every value has its line");

const description& description_of(wire_error error) {
  const auto index = static_cast<std::size_t>(error);
  assert(index < descriptions.size());
  return descriptions[index];
}

}  // namespace

std::string_view name(wire_error error) {
  return description_of(error).name;
}

std::string_view message(wire_error error) {
  return description_of(error).message;
}

}  // namespace halley::wire
