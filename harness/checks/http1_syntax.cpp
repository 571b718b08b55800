#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "checks/all_checks.hpp"
#include "checks/evidence.hpp"
#include "checks/finding.hpp"
#include "checks/http1_checks.hpp"
#include "trace/event.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace halley::checks {
namespace {

using enum wire::wire_error;
using enum weight;

// Where no sentence forbids the octets by name, RFC 9110 §2.2 does: "A sender MUST NOT generate
// protocol elements that do not match the grammar".
//
// What is no finding, and why:
//   truncated_head, truncated_body   whoever closed may have had every reason to, Halley's own
//                                    nonsense first of all; a scenario that knows better says so
//   head_too_long, chunk_line_too_long, chunk_size_overflow   limits of ours; the grammar has none
//   unknown_transfer_coding          codings may be registered or agreed on
//   transfer_encoding_in_http_1_0    what counts for a server is the version of the request
//                                    (RFC 9112 §6.1): a rule of http1-semantics
//   chunked_not_last in a response   allowed where the connection is closed behind it (§6.1)
// clang-format off
const std::vector<fault_rule> table = {
    {bad_method, sender::client,
     {"rfc9110/9.1-method-token", "RFC 9110 §9.1, §2.2", must, "The method of a request is a token."},
     "a token as method"},
    {bad_target, sender::client,
     {"rfc9112/3.2-target-octets", "RFC 9112 §3.2", must, "A request target holds no white space and no control character."},
     "a request target of visible US-ASCII characters"},
    {bad_version, sender::either,
     {"rfc9112/2.3-version", "RFC 9112 §2.3", must, "The version is HTTP/, a digit, a dot and a digit."},
     "a version like HTTP/1.1"},
    {bad_status_code, sender::server,
     {"rfc9112/4-status-code", "RFC 9112 §4", must, "The status code is three digits."},
     "three digits as status code"},
    {missing_reason_space, sender::server,
     {"rfc9112/4-reason-space", "RFC 9112 §4", must, "A server sends the space behind the status code even without a reason phrase."},
     "a space behind the status code"},
    {bad_reason, sender::server,
     {"rfc9112/4-reason-phrase", "RFC 9112 §4", must, "The reason phrase holds no control character but HTAB."},
     "a reason phrase without control characters"},
    {bad_start_line_space, sender::client,
     {"rfc9112/3-request-line-space", "RFC 9112 §3", must, "Single spaces part method, target and version of a request line."},
     "one space between the parts of the request line"},
    {bad_start_line_space, sender::server,
     {"rfc9112/4-status-line-space", "RFC 9112 §4", must, "Single spaces part version, status code and reason phrase of a status line."},
     "one space between the parts of the status line"},
    {blank_before_start_line, sender::client,
     {"rfc9112/2.2-blank-before-request", "RFC 9112 §2.2", must, "A user agent neither prefaces nor follows a request with an extra line end."},
     "a request line right behind the message before"},
    // Recipients may drop such lines (RFC 9112 §9.2), and no sentence names the server.
    {blank_before_start_line, sender::server,
     {"rfc9112/2.1-blank-before-status-line", "RFC 9112 §2.1", should, "A response begins with its status line."},
     "a status line right behind the message before"},
    {bare_lf, sender::either,
     {"rfc9112/2.2-bare-lf", "RFC 9112 §2.1, §2.2", must, "Lines end with CRLF; a recipient may take LF alone, a sender may not send it."},
     "CRLF as line end"},
    {bare_cr, sender::either,
     {"rfc9112/2.2-bare-cr", "RFC 9112 §2.2", must, "A sender generates no CR without LF behind it outside the content."},
     "CR only in front of LF"},
    {bad_field_name, sender::either,
     {"rfc9110/5.1-field-name", "RFC 9110 §5.1, §2.2", must, "A field name is a token."},
     "a token as field name"},
    {space_before_colon, sender::either,
     {"rfc9112/5.1-space-before-colon", "RFC 9112 §5.1", must, "No white space stands between field name and colon."},
     "the colon right behind the field name"},
    {missing_colon, sender::either,
     {"rfc9112/5-field-line", "RFC 9112 §5", must, "A field line is a name, a colon and a value."},
     "a colon in the field line"},
    {bad_field_value, sender::either,
     {"rfc9110/5.5-field-value", "RFC 9110 §5.5", must, "A field value holds no control character but HTAB."},
     "a field value without control characters"},
    {obs_fold, sender::either,
     {"rfc9112/5.2-obs-fold", "RFC 9112 §5.2", must, "A sender does not fold field lines."},
     "each field on one line"},
    {leading_space_line, sender::either,
     {"rfc9112/2.2-space-after-start-line", "RFC 9112 §2.2", must, "A sender puts no white space between the start line and the first field."},
     "a field line behind the start line"},
    {bad_content_length, sender::either,
     {"rfc9110/8.6-content-length", "RFC 9110 §8.6", must, "Content-Length is one or more digits."},
     "a decimal number in Content-Length"},
    {conflicting_content_length, sender::either,
     {"rfc9110/8.6-conflicting-content-length", "RFC 9110 §8.6, §5.3", must, "A message has one Content-Length."},
     "one Content-Length"},
    {repeated_content_length, sender::either,
     {"rfc9110/8.6-repeated-content-length", "RFC 9110 §8.6, §5.3", must, "Content-Length is no list and stands in a message once."},
     "one Content-Length"},
    {content_length_with_transfer_encoding, sender::either,
     {"rfc9112/6.2-length-with-transfer-encoding", "RFC 9112 §6.2", must, "A sender does not send Content-Length in a message with Transfer-Encoding."},
     "either Content-Length or Transfer-Encoding"},
    {chunked_not_last, sender::client,
     {"rfc9112/6.1-chunked-last", "RFC 9112 §6.1", must, "The last transfer coding of a request is chunked."},
     "chunked as last transfer coding"},
    {chunked_repeated, sender::either,
     {"rfc9112/6.1-chunked-once", "RFC 9112 §6.1", must, "A sender applies chunked once."},
     "chunked once"},
    {forbidden_content_length, sender::server,
     {"rfc9110/8.6-forbidden-content-length", "RFC 9110 §8.6", must, "A server sends no Content-Length with 1xx, 204 or 2xx to CONNECT."},
     "no Content-Length in this response"},
    {forbidden_transfer_encoding, sender::server,
     {"rfc9112/6.1-forbidden-transfer-encoding", "RFC 9112 §6.1", must, "A server sends no Transfer-Encoding with 1xx, 204 or 2xx to CONNECT."},
     "no Transfer-Encoding in this response"},
    {bad_chunk_size, sender::either,
     {"rfc9112/7.1-chunk-size", "RFC 9112 §7.1", must, "A chunk size is one or more hexadecimal digits."},
     "hexadecimal digits as chunk size"},
    {bad_chunk_extension, sender::either,
     {"rfc9112/7.1.1-chunk-extension", "RFC 9112 §7.1.1", must, "Behind a chunk size stand chunk extensions or the line end."},
     "chunk extensions or CRLF behind the chunk size"},
    {missing_chunk_crlf, sender::either,
     {"rfc9112/7.1-chunk-crlf", "RFC 9112 §7.1", must, "Chunk data is followed by CRLF."},
     "CRLF behind the chunk data"},
};
// clang-format on

bool all_digits(const octets& text) {
  return !text.empty() && std::ranges::all_of(text, ascii::is_digit);
}

/// A number that only our counter cannot hold is a number.
bool lengths_are_numbers(const wire::field_section& fields) {
  return std::ranges::all_of(fields.all("Content-Length"), all_digits);
}

/// Whether the fault at `index` is none of the sender's.
bool excused(std::size_t index, const evidence& seen, const exchanges& talk, const context& about) {
  switch (std::get<trace::wire_fault>(seen.events()[index].what).what) {
    case bad_content_length: {
      const wire::response_head* response = seen.response_of(index);
      const wire::request_head* request = seen.request_of(index);
      return (response != nullptr && lengths_are_numbers(response->fields)) ||
             (request != nullptr && lengths_are_numbers(request->fields));
    }
    case forbidden_content_length:
    case forbidden_transfer_encoding: {
      // 2xx: only the request tells whether this one is about a CONNECT.
      const wire::response_head* response = seen.response_of(index);
      return response == nullptr ||
             (response->status >= 200 && response->status != 204 && !talk.clear());
    }
    case blank_before_start_line:
      // The body of a response to a request that was read otherwise than we do may look so.
      return !about.target_is_client && !talk.clear();
    default:
      return false;
  }
}

std::vector<finding> run(const std::vector<trace::event>& connection, const context& about) {
  const evidence seen(connection);
  exchanges talk(about);
  verdicts found;
  for (std::size_t i = 0; i < connection.size(); ++i) {
    const trace::event& one = connection[i];
    const auto* fault = std::get_if<trace::wire_fault>(&one.what);
    if (fault != nullptr && one.dir == trace::direction::in) {
      const fault_rule* broken = find_rule(table, fault->what, about);
      if (broken != nullptr && !excused(i, seen, talk, about))
        found.add_fault(broken->broken, one, broken->expected, seen);
    }
    talk.see(one);
  }
  return found.take();
}

}  // namespace

check http1_syntax() {
  check result{.name = "http1-syntax", .rules = {}, .run = run};
  for (const fault_rule& row : table)
    result.rules.push_back(row.broken);
  return result;
}

}  // namespace halley::checks
