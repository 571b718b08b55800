#include "fuzz/oracles/http_view.hpp"

#include "base/bytes.hpp"
#include "fuzz/live/record.hpp"
#include "trace/event.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace halley::fuzz {
namespace {

using trace::direction;
using wire::wire_error;

bool is_interim(const wire::response_head& head) {
  return head.status >= 100 && head.status < 200 && head.status != 101;
}

bool is_of_the_end(wire_error what) {
  return what == wire_error::truncated_head || what == wire_error::truncated_body ||
         what == wire_error::truncated_frame;
}

/// Whether responses can still be told apart behind it.
bool leaves_responses_clear(wire_error what) {
  switch (what) {
    case wire_error::unexpected_response:
    case wire_error::bad_accept_key:
    case wire_error::missing_upgrade:
    case wire_error::missing_connection_upgrade:
    case wire_error::unrequested_subprotocol:
    case wire_error::unrequested_extension:
    case wire_error::event_stream_bad_utf8:
    case wire_error::event_stream_bad_retry:
    case wire_error::event_stream_nul_in_id:
    case wire_error::event_stream_unknown_field:
    case wire_error::event_stream_unfinished:
    case wire_error::event_stream_line_too_long:
      return true;
    default:
      return is_of_the_end(what);
  }
}

class reader {
public:
  reader(http_view& view, const record& seen) : view_(view), seen_(seen) {}

  void read() {
    view_.we_ended = seen_.events.size();
    for (std::size_t i = 0; i < seen_.events.size(); ++i) {
      const trace::event& one = seen_.events[i];
      if (one.dir == direction::out) take_sent(one, i);
      if (one.dir == direction::in) take_received(one, i);
    }
    if (!pending_.empty()) view_.faultless = false;
    if (!sent_left_http_) view_.unfinished = covered_ < view_.sent;
  }

private:
  void take_sent(const trace::event& one, std::size_t i) {
    if (std::holds_alternative<trace::wire_octets>(one.what)) {
      view_.sent += one.len;
    } else if (std::holds_alternative<trace::tcp_fin>(one.what) ||
               std::holds_alternative<trace::tcp_rst>(one.what)) {
      view_.we_ended = std::min(view_.we_ended, i);
    } else if (const auto* tunnel = std::get_if<trace::tunnel_open>(&one.what)) {
      sent_left_http_ = true;
      if (tunnel->protocol == "unknown") view_.faultless = false;
    } else if (!sent_left_http_) {
      take_request_part(one, i);
    }
  }

  void take_request_part(const trace::event& one, std::size_t i) {
    if (const auto* fault = std::get_if<trace::wire_fault>(&one.what)) {
      if (is_of_the_end(fault->what)) return;
      if (inside_request())
        view_.requests.back().body_faults.push_back(fault->what);
      else
        pending_.push_back(fault->what);
      return;
    }
    if (const auto* head = std::get_if<wire::request_head>(&one.what)) {
      seen_request begun;
      begun.head = head;
      begun.shown = &one;
      begun.at = i;
      begun.faults = std::exchange(pending_, {});
      begun.certain = view_.faultless;
      if (!begun.faults.empty()) view_.faultless = false;
      view_.requests.push_back(std::move(begun));
    }
    if (view_.requests.empty()) return;
    seen_request& now = view_.requests.back();
    covered_ = std::max(covered_, one.off + one.len);
    if (!now.ended) now.last = i;
    if (const auto* end = std::get_if<wire::message_end>(&one.what)) {
      now.ended = true;
      now.complete = end->complete;
      now.end = one.off;
      if (!now.body_faults.empty()) view_.faultless = false;
    }
  }

  bool inside_request() const { return !view_.requests.empty() && !view_.requests.back().ended; }

  void take_received(const trace::event& one, std::size_t i) {
    if (std::holds_alternative<trace::wire_octets>(one.what)) {
      view_.received += one.len;
    } else if (std::holds_alternative<trace::tunnel_open>(one.what)) {
      received_left_http_ = true;
    } else if (received_left_http_) {
      return;
    } else if (const auto* fault = std::get_if<trace::wire_fault>(&one.what)) {
      clear_ = clear_ && leaves_responses_clear(fault->what);
    } else if (const auto* head = std::get_if<wire::response_head>(&one.what)) {
      inside_interim_ = is_interim(*head);
      view_.got_interim = view_.got_interim || inside_interim_;
      if (inside_interim_) return;
      seen_response begun;
      begun.head = head;
      begun.shown = &one;
      begun.at = i;
      begun.last = i;
      view_.answers.push_back(begun);
      clear_ = clear_ && view_.answers.size() <= view_.requests.size();
      if (clear_) view_.matched = view_.answers.size();
    } else if (!view_.answers.empty() && !inside_interim_) {
      seen_response& now = view_.answers.back();
      if (!now.ended) now.last = i;
      if (const auto* end = std::get_if<wire::message_end>(&one.what)) {
        now.ended = true;
        now.complete = end->complete;
        now.end = one.off;
      }
    }
  }

  http_view& view_;
  const record& seen_;
  std::vector<wire_error> pending_;  // faults in front of the next head
  std::uint64_t covered_ = 0;        // octets sent that belong to events
  bool sent_left_http_ = false;
  bool received_left_http_ = false;
  bool inside_interim_ = false;
  bool clear_ = true;
};

}  // namespace

http_view::http_view(const record& seen) {
  reader(*this, seen).read();
}

const seen_response* http_view::answer_to(std::size_t index) const {
  return index < matched ? &answers[index] : nullptr;
}

octets http_view::body_of(const seen_message& message, const record& seen) const {
  octets body;
  for (std::size_t i = message.at; i <= message.last; ++i) {
    const trace::event& one = seen.events[i];
    if (one.dir != message.shown->dir) continue;
    if (const auto* piece = std::get_if<wire::body_piece>(&one.what)) body += piece->data;
  }
  return body;
}

}  // namespace halley::fuzz
