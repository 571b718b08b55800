#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/oracles/frames_view.hpp"
#include "fuzz/oracles/http_view.hpp"
#include "fuzz/oracles/interpretation.hpp"
#include "fuzz/oracles/refusals.hpp"
#include "trace/event.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <variant>
#include <vector>

namespace halley::fuzz {
namespace {

using wire::wire_error;
using about = difference::about;

// Faults that leave their recipient a choice: whether it reads on, and how.
struct open_fault {
  wire_error fault;
  const char* ref;
  const char* says;
};
constexpr open_fault open_faults[] = {
    {wire_error::bare_lf, "RFC 9112 §2.2", "LF alone may be taken for a line end or refused"},
    {wire_error::bare_cr, "RFC 9112 §2.2", "CR alone may be refused or replaced by a space"},
    {wire_error::blank_before_start_line, "RFC 9112 §2.2",
     "empty lines before a request should be read over; how many is not said"},
    {wire_error::leading_space_line, "RFC 9112 §2.2",
     "white space before the first field may be refused or the line dropped"},
    {wire_error::bad_start_line_space, "RFC 9112 §3",
     "the words of a request line may be parted at any white space"},
    {wire_error::bad_method, "RFC 9112 §2.2", "what is no message should be answered with 400"},
    {wire_error::bad_target, "RFC 9112 §3.2",
     "an invalid request line should be answered with 400 or a redirect"},
    {wire_error::bad_version, "RFC 9112 §2.3",
     "another version is no HTTP/1.1; a server may refuse it"},
    {wire_error::obs_fold, "RFC 9112 §5.2", "a folded line may be refused or unfolded"},
    {wire_error::bad_field_value, "RFC 9110 §5.5",
     "a control character in a value may be refused, replaced or kept"},
    {wire_error::bad_field_name, "RFC 9112 §2.2", "what is no message should be answered with 400"},
    {wire_error::missing_colon, "RFC 9112 §2.2", "what is no message should be answered with 400"},
    {wire_error::head_too_long, "RFC 9110 §5.4",
     "how much is read of a head is the server's choice"},
    {wire_error::repeated_content_length, "RFC 9110 §8.6",
     "the same length several times may be refused or taken once"},
    {wire_error::content_length_with_transfer_encoding, "RFC 9112 §6.1",
     "both framing fields may be refused, or the coding decides"},
    {wire_error::chunked_repeated, "RFC 9112 §6.1", "nothing is said of who receives it"},
    {wire_error::unknown_transfer_coding, "RFC 9112 §6.1",
     "a coding that is not understood should be answered with 501"},
    {wire_error::transfer_encoding_in_http_1_0, "RFC 9112 §6.1",
     "the framing is faulty; any answer will do before the close"},
    {wire_error::bad_chunk_size, "RFC 9112 §2.2", "what is no message should be answered with 400"},
    {wire_error::bad_chunk_extension, "RFC 9112 §2.2",
     "what is no message should be answered with 400"},
    {wire_error::missing_chunk_crlf, "RFC 9112 §2.2",
     "what is no message should be answered with 400"},
    {wire_error::chunk_line_too_long, "RFC 9112 §7.1.1",
     "the length of chunk extensions should be limited"},
    {wire_error::chunk_size_overflow, "RFC 9112 §7.1",
     "a size that is too large may be refused or waited for"},
    {wire_error::non_minimal_length, "RFC 6455 §5.2",
     "only the sender is bound to the shortest length"},
    {wire_error::bad_close_code, "RFC 6455 §7.4", "what a receiver does with it is not said"},
    {wire_error::bad_deflate_data, "RFC 7692 §7.2.2",
     "when data are too broken to be inflated is not said"},
    {wire_error::message_too_large, "RFC 6455 §10.4", "limits are the endpoint's own"},
    {wire_error::inflated_too_large, "RFC 6455 §10.4", "limits are the endpoint's own"},
};

std::optional<freedom> because(const char* ref, const char* says) {
  return freedom{.ref = ref, .says = says};
}

std::optional<freedom> of_a_fault(wire_error fault) {
  const auto* row = std::ranges::find(open_faults, fault, &open_fault::fault);
  if (row == std::end(open_faults)) return std::nullopt;
  return because(row->ref, row->says);
}

// The first fault of a request up to this one that leaves a choice.
std::optional<freedom> of_the_faults(const http_view& view, std::size_t last) {
  for (std::size_t i = 0; i < view.requests.size() && i <= last; ++i)
    for (const auto* faults : {&view.requests[i].faults, &view.requests[i].body_faults})
      for (const wire_error one : *faults)
        if (auto why = of_a_fault(one)) return why;
  if (!view.faultless && last >= view.requests.size())
    return because("RFC 9112 §2.2", "what is no message should be answered with 400");
  return std::nullopt;
}

bool is_known(octet_view method) {
  return method == "GET" || method == "HEAD";
}

bool is_usual(octet_view target) {
  return target.starts_with('/') && target.size() <= 1000 &&
         std::ranges::all_of(target, [](char c) {
           return ascii::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  octet_view("/-_.~?=&").find(c) != octet_view::npos;
         });
}

// Whether one of the statuses is among `some`.
bool is_one_of(const difference& parting, std::initializer_list<int> some) {
  return std::ranges::any_of(
      some, [&](int one) { return one == parting.first || one == parting.second; });
}

// What a well-formed request leaves to the server: whether it is served at all.
std::optional<freedom> of_the_protocol(const wire::request_head& head) {
  if (head.version != wire::http_version{1, 1})
    return because("RFC 9110 §6.2, §2.5", "which other versions are served is the server's choice");
  if (head.fields.has("Upgrade")) return because("RFC 9110 §7.8", "a server may ignore Upgrade");
  if (head.fields.has("Expect"))
    return because("RFC 9110 §10.1.1", "an expectation may be refused with 417 or met");
  return std::nullopt;
}

// What else it leaves open: with which status it is answered.
std::optional<freedom> of_the_status(const wire::request_head& head, const difference& parting) {
  const wire::field_section& fields = head.fields;
  for (const octet_view one : {"Range", "If-Match", "If-None-Match", "If-Modified-Since",
                               "If-Unmodified-Since", "If-Range"})
    if (fields.has(one))
      return because("RFC 9110 §13, §14", "conditions and ranges may be ignored");
  if (is_one_of(parting, {406, 415}))
    return because("RFC 9110 §12, §15.5.16", "what can be negotiated is the server's choice");
  if (!is_known(head.method))
    return because("RFC 9110 §9.1", "which methods are served, besides GET and HEAD, is open");
  if (!is_usual(head.target))
    return because("RFC 9110 §4.1, §7.4",
                   "which targets name a resource, and how long they are, is the server's choice");
  if (head.raw.size() > 4096 || is_one_of(parting, {413, 414, 431}))
    return because("RFC 9110 §5.4, §15.5.14", "what a server wishes to process is its choice");
  if (fields.has("Content-Length") || fields.has("Transfer-Encoding"))
    return because("RFC 9110 §9.3.1", "content of GET or HEAD may be refused");
  if (is_one_of(parting, {401, 403, 404, 405, 410, 421, 429, 300}))
    return because("RFC 9110 §15",
                   "which resources there are, for whom and where, is the server's affair");
  return std::nullopt;
}

std::optional<freedom> of_half_a_request() {
  return because("RFC 9112 §8", "half a request may be answered, waited for or dropped");
}

std::optional<freedom> of_the_content(const http_view& view) {
  for (const seen_request& one : view.requests) {
    if (one.head->fields.has("Content-Encoding"))
      return because("RFC 9110 §8.4", "a server may undo the coding of content");
    if (!one.ended || !one.complete) return of_half_a_request();
  }
  return std::nullopt;
}

bool is_of_websockets(const difference& parting) {
  return parting.what == about::messages || parting.what == about::pongs ||
         parting.what == about::close || parting.what == about::code;
}

// Of one record; what was sent means the same to both unless one of them opened a WebSocket.
std::optional<freedom> of_http(const http_view& view, const difference& parting) {
  const bool of_content = parting.what == about::body;
  if (auto why = of_the_faults(view, of_content ? view.requests.size() : parting.index)) return why;
  if (of_content) return of_the_content(view);
  if (parting.index >= view.requests.size())
    return view.unfinished ? of_half_a_request() : std::nullopt;
  const seen_request& request = view.requests[parting.index];
  if (!request.ended || !request.complete) return of_half_a_request();
  // Both must refuse it.
  if (!why_refused(request).empty()) return std::nullopt;
  auto why = of_the_protocol(*request.head);
  if (!why && parting.what == about::status) why = of_the_status(*request.head, parting);
  return why;
}

std::optional<freedom> of_frames(const frames_view& view, const difference& parting) {
  if (!view.readable && view.close == nullptr && view.fault == nullptr)
    return because("RFC 6455 §4.1", "frames before the answer may be taken, dropped or refused");
  if (view.fault != nullptr)
    if (auto why = of_a_fault(view.fault_is)) return why;
  if (view.close_is_odd) return of_a_fault(wire_error::bad_close_code);
  if (parting.what == about::pongs && parting.first != parting.second)
    return because("RFC 6455 §5.5.3", "the latest of several Pings may be answered alone");
  if (parting.what == about::messages && parting.first != parting.second &&
      (view.fault != nullptr || view.close != nullptr))
    return because("RFC 6455 §7.1.7, §1.4",
                   "what is not yet sent need not be finished when the connection ends");
  return std::nullopt;
}

bool unfinished(const record& seen) {
  return std::ranges::any_of(seen.events, [](const trace::event& one) {
    const auto* fault = std::get_if<trace::wire_fault>(&one.what);
    return one.dir == trace::direction::out && fault != nullptr &&
           (fault->what == wire_error::truncated_frame ||
            fault->what == wire_error::truncated_head || fault->what == wire_error::truncated_body);
  });
}

// How a connection ends, and when.
std::optional<freedom> of_the_end(const http_view& view, const frames_view& frames) {
  const bool switched = std::ranges::any_of(
      view.answers, [](const seen_response& one) { return one.head->status == 101; });
  if (!switched) return because("RFC 9112 §9.3, §9.5", "a connection may be closed at any time");
  return frames.fault != nullptr ? of_a_fault(frames.fault_is) : std::nullopt;
}

}  // namespace

std::optional<freedom> explained(const record& first,
                                 const record& second,
                                 const difference& parting) {
  switch (parting.what) {
    case about::kind_of_4xx:
      return because("RFC 9110 §15.5",
                     "a status of the same class means the same to who does not "
                     "know it");
    case about::code:
      return because("RFC 6455 §7.4.1, §5.5.1", "the code of a Close frame is the sender's choice");
    case about::close:
      if (parting.cut)
        return because("RFC 6455 §7.1.7", "a Close frame before the end is a SHOULD");
      break;
    case about::responses:
    case about::body:
      if (parting.cut)
        return because("RFC 9112 §9.3, §9.5", "a connection may be closed at any time");
      break;
    case about::messages:
    case about::pongs:
      if (parting.cut && parting.first != parting.second)
        return because("RFC 6455 §7.1.7, §7.2.1", "an endpoint may end the connection");
      break;
    case about::ending:
    case about::status:
      break;
  }
  for (const record* one : {&first, &second}) {
    const http_view view(*one);
    const frames_view frames(*one);
    if (is_of_websockets(parting)) {
      if (auto why = of_frames(frames, parting)) return why;
    } else if (parting.what == about::ending) {
      if (auto why = of_the_end(view, frames)) return why;
      if (unfinished(*one))
        return because("RFC 9112 §8", "what is cut short may be waited for or dropped");
    } else if (auto why = of_http(view, parting)) {
      return why;
    }
  }
  return std::nullopt;
}

}  // namespace halley::fuzz
