#include "fuzz/oracles/refusals.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "fuzz/oracles/http_view.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace halley::fuzz {
namespace {

using wire::http_version;
using wire::wire_error;

bool has(const std::vector<wire_error>& faults, wire_error one) {
  return std::ranges::find(faults, one) != faults.end();
}

bool all_among(const std::vector<wire_error>& faults, std::initializer_list<wire_error> allowed) {
  return std::ranges::all_of(
      faults, [&](wire_error one) { return std::ranges::find(allowed, one) != allowed.end(); });
}

// Faults of a head that leave no doubt where its lines begin and end, and what stands in the
// others.
bool lines_are_certain(const seen_request& request) {
  return all_among(request.faults,
                   {wire_error::space_before_colon, wire_error::bad_field_name,
                    wire_error::missing_colon, wire_error::bad_content_length,
                    wire_error::conflicting_content_length, wire_error::repeated_content_length,
                    wire_error::content_length_with_transfer_encoding, wire_error::chunked_not_last,
                    wire_error::chunked_repeated, wire_error::unknown_transfer_coding});
}

bool names_are_certain(const seen_request& request) {
  return !has(request.faults, wire_error::space_before_colon) &&
         !has(request.faults, wire_error::bad_field_name) &&
         !has(request.faults, wire_error::missing_colon);
}

bool names_a_coding(const wire::field_section& fields) {
  return !ascii::list_elements(fields.combined("Transfer-Encoding").value_or("")).empty();
}

// Whether chunked is not the last coding for those either who part the value at its commas only:
// what a quoted string holds, or parameters say, where neither belongs, is no other coding to them.
bool surely_ends_otherwise(const wire::field_section& fields) {
  const octets all = fields.combined("Transfer-Encoding").value_or("");
  octet_view rest = all;
  octet_view last;
  while (true) {
    const std::size_t comma = rest.find(',');
    const octet_view element = ascii::trim_blank(rest.substr(0, comma));
    if (!element.empty()) last = element;
    if (comma == octet_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return !ascii::iequals(ascii::trim_blank(last.substr(0, last.find(';'))), "chunked");
}

// RFC 9112 §3.2. Of another form than origin-form Host is to be ignored, §3.2.2.
void judge_host(const seen_request& request, std::vector<refusal>& reasons) {
  const wire::request_head& head = *request.head;
  if (!head.target.starts_with('/') || !names_are_certain(request)) return;
  const std::vector<octets> hosts = head.fields.all("Host");
  if (hosts.empty())
    reasons.push_back({.rule = "rfc9112/3.2-missing-host", .expected = "400"});
  else if (hosts.size() > 1)
    reasons.push_back({.rule = "rfc9112/3.2-several-hosts", .expected = "400"});
  else if (is_surely_no_host(hosts.front()))
    reasons.push_back({.rule = "rfc9112/3.2-invalid-host", .expected = "400"});
}

// RFC 9112 §6.3. With both fields a recipient may go by Transfer-Encoding alone, §6.1.
void judge_framing(const seen_request& request, std::vector<refusal>& reasons) {
  const wire::field_section& fields = request.head->fields;
  const bool coded = fields.has("Transfer-Encoding");
  const bool counted = fields.has("Content-Length");
  constexpr std::string_view refused = "400, then the connection is closed";
  if (counted && !coded && is_surely_no_length(fields.all("Content-Length")))
    reasons.push_back({.rule = "rfc9112/6.3-invalid-length", .expected = refused, .closes = true});
  if (coded && !counted && has(request.faults, wire_error::chunked_not_last) &&
      names_a_coding(fields) && surely_ends_otherwise(fields))
    reasons.push_back(
        {.rule = "rfc9112/6.3-not-chunked-last", .expected = refused, .closes = true});
}

bool is_port(octet_view text) {
  return std::ranges::all_of(text, ascii::is_digit);
}

}  // namespace

bool is_surely_no_host(octet_view value) {
  if (value.find_first_of(" \t@/\\?") != octet_view::npos) return true;
  if (value.starts_with('[')) {
    const std::size_t end = value.find(']');
    if (end == octet_view::npos) return true;
    const octet_view behind = value.substr(end + 1);
    return behind.starts_with(':') && !is_port(behind.substr(1));
  }
  const std::size_t colon = value.find(':');
  return colon != octet_view::npos && !is_port(value.substr(colon + 1));
}

bool is_surely_no_length(const std::vector<octets>& values) {
  std::optional<octets> first;
  for (const octets& value : values) {
    if (value.empty()) return true;
    octet_view rest = value;
    while (true) {
      const std::size_t comma = rest.find(',');
      const octet_view element = ascii::trim_blank(rest.substr(0, comma));
      if (!std::ranges::all_of(element, ascii::is_digit)) return true;
      const std::size_t digits = element.find_first_not_of('0');
      // An empty element of a list may be read over.
      const octets number(digits == octet_view::npos ? "0" : element.substr(digits));
      if (!element.empty() && first && *first != number) return true;
      if (!element.empty()) first = number;
      if (comma == octet_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return false;
}

std::vector<refusal> why_refused(const seen_request& request) {
  std::vector<refusal> reasons;
  // Whether it is a request of HTTP/1.1 at all is the recipient's to say where the line is odd.
  if (!lines_are_certain(request) || request.head->version != http_version{1, 1}) return reasons;
  if (has(request.faults, wire_error::space_before_colon))
    reasons.push_back({.rule = "rfc9112/5.1-refuse-space-before-colon", .expected = "400"});
  judge_framing(request, reasons);
  judge_host(request, reasons);
  if (reasons.empty() && !names_are_certain(request))
    reasons.push_back({.rule = "rfc9112/2.2-invalid-message", .expected = "400"});
  return reasons;
}

last_request why_last(const seen_request& request) {
  const wire::request_head& head = *request.head;
  const bool coded = head.fields.has("Transfer-Encoding");
  if (all_among(request.faults,
                {wire_error::bad_content_length, wire_error::conflicting_content_length,
                 wire_error::repeated_content_length, wire_error::chunked_not_last,
                 wire_error::content_length_with_transfer_encoding, wire_error::chunked_repeated,
                 wire_error::unknown_transfer_coding, wire_error::transfer_encoding_in_http_1_0}) &&
      coded && names_a_coding(head.fields)) {
    if (head.version == http_version{1, 0})
      return {.went_on = "rfc9112/6.1-faulty-in-http-1.0",
              .open = "rfc9112/6.1-faulty-in-http-1.0"};
    if (head.version == http_version{1, 1} && head.fields.has("Content-Length"))
      return {.went_on = "rfc9112/6.1-close-after-both", .open = "rfc9112/6.1-close-after-both"};
  }
  if (!request.faults.empty()) return {};
  if (head.version == http_version{1, 1} && head.fields.has_token("Connection", "close"))
    return {.went_on = "rfc9112/9.6-no-further-request", .open = "rfc9112/9.6-close"};
  if (head.version == http_version{1, 0} && !head.fields.has_token("Connection", "keep-alive") &&
      !head.fields.has_token("Proxy-Connection", "keep-alive"))
    return {.went_on = "rfc9112/9.3-http-1.0", .open = "rfc9112/9.3-http-1.0"};
  return {};
}

}  // namespace halley::fuzz
