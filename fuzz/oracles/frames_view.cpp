#include "fuzz/oracles/frames_view.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "fuzz/live/record.hpp"
#include "trace/event.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_extension.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cstdint>
#include <variant>

namespace halley::fuzz {
namespace {

using trace::direction;
using wire::wire_error;

/// Faults of the target behind which its frames can still be told apart.
bool leaves_frames_clear(wire_error what) {
  switch (what) {
    case wire_error::control_frame_too_long:
    case wire_error::fragmented_control_frame:
    case wire_error::non_minimal_length:
    case wire_error::masked_server_frame:
    case wire_error::bad_utf8:
    case wire_error::bad_close_length:
    case wire_error::bad_close_code:
    case wire_error::bad_close_reason_utf8:
    case wire_error::frame_after_close:
    case wire_error::truncated_frame:
      return true;
    default:
      return false;
  }
}

// Another extension may give reserved bits and opcodes a meaning. RFC 6455 §9.
bool agrees_on_known(const wire::response_head& head) {
  return std::ranges::all_of(
      ascii::list_elements(head.fields.combined("Sec-WebSocket-Extensions").value_or("")),
      [](const octets& one) {
        const auto extension = wire::parse_extension(one);
        return extension && extension->name == "permessage-deflate";
      });
}

// Behind such a handshake comes content, RFC 9110 §7.8, which no server waits for: where its frames
// begin is not the same to everyone.
bool has_content(const wire::request_head& head) {
  return head.fields.has("Transfer-Encoding") ||
         head.fields.combined("Content-Length").value_or("0") != "0";
}

// Codes of the registry that RFC 6455 does not have: who knows no others takes them for wrong.
bool is_registered_later(std::uint16_t code) {
  return code >= 1012 && code <= 1014;
}

class reader {
public:
  explicit reader(frames_view& view) : view_(view) {}

  void take(const trace::event& one) {
    if (one.dir == direction::out)
      take_sent(one);
    else if (one.dir == direction::in)
      take_received(one);
  }

  bool readable() const {
    return they_speak_ && we_speak_ && clear_ && known_extensions_ && !early_;
  }

private:
  void take_sent(const trace::event& one) {
    if (std::holds_alternative<trace::wire_octets>(one.what)) {
      sent_ = one.off + one.len;
    } else if (std::holds_alternative<trace::tcp_fin>(one.what) ||
               std::holds_alternative<trace::tcp_rst>(one.what)) {
      view_.we_ended = true;
    } else if (const auto* tunnel = std::get_if<trace::tunnel_open>(&one.what)) {
      we_speak_ = tunnel->protocol == "websocket";
      // What was sent behind the handshake before the answer came may be lost.
      early_ = early_ || at_101_ > one.off;
    } else if (const auto* head = std::get_if<wire::request_head>(&one.what)) {
      early_ = early_ || has_content(*head);
    } else if (we_speak_) {
      take_sent_frame(one);
    }
  }

  void take_sent_frame(const trace::event& one) {
    if (const auto* fault = std::get_if<trace::wire_fault>(&one.what)) {
      take_fault(one, fault->what);
      return;
    }
    if (view_.close != nullptr) {
      view_.nothing_behind_close = false;
      view_.data_behind_close =
          view_.data_behind_close || std::holds_alternative<wire::websocket_message>(one.what);
      return;
    }
    const bool behind_fault = view_.fault != nullptr && one.off + one.len > view_.fault->off;
    if (const auto* message = std::get_if<wire::websocket_message>(&one.what)) {
      if (!behind_fault) view_.messages.push_back({&one, message});
      if (behind_fault && about_text()) view_.fault_is_whole = true;
    } else if (const auto* frame = std::get_if<wire::websocket_frame>(&one.what)) {
      view_.compressed = view_.compressed || frame->rsv != 0;
      if (behind_fault && !about_text()) view_.fault_is_whole = true;
      if (frame->code != wire::opcode::ping) return;
      // Who looks at text as a whole answers those inside it; what is compressed may be inflated,
      // and looked at, later still.
      const bool may_be_answered = about_text() && (!view_.fault_is_whole || view_.compressed);
      if (view_.fault == nullptr || may_be_answered)
        view_.pings.push_back({&one, frame});
      else
        view_.later_pings.push_back({&one, frame});
    } else if (std::holds_alternative<wire::websocket_close>(one.what)) {
      if (behind_fault && !about_text()) view_.fault_is_whole = true;
      if (view_.fault == nullptr) view_.close = &one;
      const auto code = std::get<wire::websocket_close>(one.what).code;
      view_.close_is_odd = view_.close_is_odd || (code && is_registered_later(*code));
    }
  }

  // Whether text is wrong that may be looked at as a whole.
  bool about_text() const { return view_.fault_is == wire_error::bad_utf8; }

  void take_fault(const trace::event& one, wire_error what) {
    if (what == wire_error::truncated_frame) return;
    if (view_.close != nullptr) {
      view_.nothing_behind_close = false;
      return;
    }
    // A Close frame with such a code is answered all the same; whether as a fault is its own rule.
    if (what == wire_error::bad_close_code && view_.fault == nullptr) {
      view_.close_is_odd = true;
      return;
    }
    if (view_.fault != nullptr) return;
    view_.fault = &one;
    view_.fault_is = what;
    // All behind such a length is lost.
    view_.fault_is_whole = what == wire_error::length_high_bit;
  }

  void take_received(const trace::event& one) {
    if (const auto* head = std::get_if<wire::response_head>(&one.what)) {
      if (head->status != 101) return;
      at_101_ = sent_;
      known_extensions_ = agrees_on_known(*head);
    } else if (std::holds_alternative<trace::tcp_fin>(one.what) ||
               std::holds_alternative<trace::tcp_rst>(one.what) ||
               std::holds_alternative<trace::tcp_error>(one.what)) {
      view_.they_ended_behind_close = !view_.they_ended && view_.close != nullptr;
      view_.they_ended = true;
    } else if (const auto* tunnel = std::get_if<trace::tunnel_open>(&one.what)) {
      they_speak_ = tunnel->protocol == "websocket";
    } else if (they_speak_) {
      take_received_frame(one);
    }
  }

  void take_received_frame(const trace::event& one) {
    if (const auto* fault = std::get_if<trace::wire_fault>(&one.what)) {
      clear_ = clear_ && leaves_frames_clear(fault->what);
    } else if (!clear_) {
      return;
    } else if (const auto* message = std::get_if<wire::websocket_message>(&one.what)) {
      view_.echoes.push_back({&one, message});
    } else if (const auto* frame = std::get_if<wire::websocket_frame>(&one.what)) {
      if (frame->code == wire::opcode::pong) view_.pongs.push_back({&one, frame});
    } else if (std::holds_alternative<wire::websocket_close>(one.what)) {
      if (view_.their_close == nullptr) view_.their_close = &one;
    }
  }

  frames_view& view_;
  std::uint64_t sent_ = 0;
  std::uint64_t at_101_ = 0;  // octets that were sent when the answer came
  bool we_speak_ = false;
  bool they_speak_ = false;
  bool clear_ = true;
  bool known_extensions_ = true;
  bool early_ = false;
};

}  // namespace

frames_view::frames_view(const record& seen) {
  reader all(*this);
  for (const trace::event& one : seen.events)
    all.take(one);
  readable = all.readable();
}

}  // namespace halley::fuzz
