#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "checks/all_checks.hpp"
#include "checks/evidence.hpp"
#include "checks/finding.hpp"
#include "checks/websocket_checks.hpp"
#include "trace/event.hpp"
#include "wire/deflate.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace halley::checks {
namespace {

using enum wire::wire_error;
using enum weight;
using trace::direction;

// What is no finding, and why:
//   truncated_frame                        the connection may die at any time
//   message_too_large, inflated_too_large  limits of ours
//   control frames behind Close            RFC 6455 §5.5.1 forbids data frames only, and §5.5.2
//   even
//                                          demands a Pong of who has not received a Close yet
// clang-format off
const std::vector<fault_rule>& table() {
  static const std::vector<fault_rule> rows = {
      {reserved_bit, sender::either,
       {"rfc6455/5.2-rsv", "RFC 6455 §5.2", must, "Reserved bits are 0 unless an extension gives them a meaning."},
       "reserved bits of 0"},
      {reserved_opcode, sender::either,
       {"rfc6455/5.2-opcode", "RFC 6455 §5.2", must, "Opcodes 3 to 7 and 11 to 15 are reserved."},
       "one of the opcodes 0, 1, 2, 8, 9 and 10"},
      {control_frame_too_long, sender::either,
       {"rfc6455/5.5-control-length", "RFC 6455 §5.5", must, "A control frame carries 125 octets at most."},
       "at most 125 octets in a control frame"},
      {fragmented_control_frame, sender::either,
       {"rfc6455/5.5-control-fragmented", "RFC 6455 §5.5, §5.4", must, "Control frames are not fragmented."},
       "FIN set on a control frame"},
      {non_minimal_length, sender::either,
       {"rfc6455/5.2-minimal-length", "RFC 6455 §5.2", must, "The payload length takes the shortest form that holds it."},
       "the shortest form of the payload length"},
      {length_high_bit, sender::either,
       {"rfc6455/5.2-length-high-bit", "RFC 6455 §5.2", must, "The most significant bit of a 64-bit payload length is 0."},
       "a payload length below 2^63"},
      {unmasked_client_frame, sender::client,
       {"rfc6455/5.1-client-masked", "RFC 6455 §5.1", must, "A client masks all frames."},
       "a masked frame"},
      {masked_server_frame, sender::server,
       {"rfc6455/5.1-server-unmasked", "RFC 6455 §5.1", must, "A server masks no frame."},
       "an unmasked frame"},
      {unexpected_continuation, sender::either,
       {"rfc6455/5.4-continuation", "RFC 6455 §5.4", must, "A continuation frame continues a fragmented message."},
       "a frame that begins a message"},
      {missing_continuation, sender::either,
       {"rfc6455/5.4-interleaved", "RFC 6455 §5.4", must, "The fragments of two messages are not interleaved."},
       "a continuation frame or a control frame"},
      {bad_utf8, sender::either,
       {"rfc6455/5.6-utf-8", "RFC 6455 §5.6, §8.1", must, "A text message is UTF-8."},
       "UTF-8 in a text message"},
      {bad_close_length, sender::either,
       {"rfc6455/5.5.1-close-length", "RFC 6455 §5.5.1", must, "The body of a Close frame, if any, begins with a code of two octets."},
       "no body or at least two octets"},
      {bad_close_reason_utf8, sender::either,
       {"rfc6455/5.5.1-close-reason", "RFC 6455 §5.5.1", must, "The reason in a Close frame is UTF-8."},
       "UTF-8 as reason"},
      {frame_after_close, sender::either,
       {"rfc6455/5.5.1-data-after-close", "RFC 6455 §5.5.1", must, "No data frame is sent after a Close frame."},
       "no data frame behind the Close frame"},
      {bad_deflate_data, sender::either,
       {"rfc7692/7.2.1-deflate-data", "RFC 7692 §7.2.1", must, "The payload of a compressed message is made with DEFLATE and the agreed window."},
       "data that inflates"},
      {rsv1_on_continuation, sender::either,
       {"rfc7692/6-first-fragment", "RFC 7692 §6", must, "RSV1 is set on no fragment but the first."},
       "RSV1 of 0 on a continuation frame"},
      {rsv1_on_control_frame, sender::either,
       {"rfc7692/6-control-frame", "RFC 7692 §6", must, "RSV1 is not set on control frames."},
       "RSV1 of 0 on a control frame"},
  };
  return rows;
}

const rule forbidden_code{"rfc6455/7.4.1-forbidden-code", "RFC 6455 §7.4.1", must, "The codes 1005, 1006 and 1015 are not set in a Close frame."};
// §7.4.2 reserves these codes or says that they are not used; no sentence forbids to send one.
const rule unassigned_code{"rfc6455/7.4.2-unassigned-code", "RFC 6455 §7.4.2", should, "A Close frame has a code that is assigned, registered or for private use."};
const rule fresh_mask{"rfc6455/5.3-fresh-masking-key", "RFC 6455 §5.3", must, "A client picks a fresh masking key for each frame."};
// clang-format on

/// So many equal keys in a row come by chance once in 2^64 connections.
constexpr int telling_repetitions = 3;

bool is_handshake_fault(wire::wire_error error) {
  return error == bad_accept_key || error == missing_upgrade ||
         error == missing_connection_upgrade || error == unrequested_subprotocol ||
         error == unrequested_extension;
}

/// Whether the 101 accepts an extension whose frames this program cannot read, or parameters that
/// it cannot: then reserved bits and opcodes may have a meaning, and payload another than its
/// octets.
bool accepts_unknown_extension(const wire::response_head& head) {
  const octets value = head.fields.combined("Sec-WebSocket-Extensions").value_or("");
  return std::ranges::any_of(ascii::list_elements(value),
                             [](const octets& element) { return !wire::parse_deflate(element); });
}

class judge_of_frames {
public:
  judge_of_frames(const std::vector<trace::event>& connection, const context& about)
      : seen_(connection), about_(about) {}

  std::vector<finding> run() {
    for (std::size_t i = 0; i < seen_.events().size(); ++i) {
      const trace::event& one = seen_.events()[i];
      learn(one);
      if (one.dir == direction::in && !ours_is_broken_) see(i, one);
    }
    return found_.take();
  }

private:
  void learn(const trace::event& one) {
    if (const auto* head = std::get_if<wire::response_head>(&one.what)) {
      if (head->status == 101) unknown_extension_ = accepts_unknown_extension(*head);
    } else if (const auto* close = std::get_if<wire::websocket_close>(&one.what)) {
      if (one.dir == direction::out && close->code) our_codes_.insert(*close->code);
    } else if (const auto* fault = std::get_if<trace::wire_fault>(&one.what)) {
      if (!is_handshake_fault(fault->what)) return;
      // A client that was answered wrongly owes nothing to a connection that never was.
      if (one.dir == direction::out) ours_is_broken_ = true;
      if (fault->what == unrequested_extension) extension_in_doubt_ = true;
    }
  }

  void see(std::size_t index, const trace::event& one) {
    if (const auto* fault = std::get_if<trace::wire_fault>(&one.what)) {
      if (fault->what == bad_close_code)
        see_close_code(index, one);
      else if (const fault_rule* row = find_rule(table(), fault->what, about_))
        if (!excused(fault->what, index)) found_.add_fault(row->broken, one, row->expected, seen_);
    } else if (const auto* frame = std::get_if<wire::websocket_frame>(&one.what)) {
      if (about_.target_is_client) see_mask(*frame, one);
    }
  }

  bool excused(wire::wire_error error, std::size_t index) const {
    // Frames are no further wrong for who holds what was answered wrongly to be agreed on.
    if ((extension_in_doubt_ || unknown_extension_) &&
        (error == reserved_bit || error == bad_utf8 || error == bad_deflate_data))
      return true;
    if (error == reserved_opcode) return unknown_extension_;
    if (error != frame_after_close) return false;
    const trace::event* next = seen_.next_frame(index);
    const trace::event& fault = seen_.events()[index];
    return next == nullptr || next->off != fault.off ||
           wire::is_control(std::get<wire::websocket_frame>(next->what).code);
  }

  // The event that shows the whole frame comes behind its faults; a frame that was cut has none.
  void see_close_code(std::size_t index, const trace::event& one) {
    const trace::event* close = seen_.next_close(index);
    if (close == nullptr) return;
    const auto code = std::get<wire::websocket_close>(close->what).code;
    if (!code) return;
    const std::string got = "Close code " + std::to_string(*code);
    if (*code == 1005 || *code == 1006 || *code == 1015)
      found_.add(forbidden_code, one, "a code that may be on the wire", got);
    else if (!our_codes_.contains(*code))  // to echo a code is the custom, §5.5.1
      found_.add(unassigned_code, one, "an assigned, registered or private code", got);
  }

  void see_mask(const wire::websocket_frame& frame, const trace::event& one) {
    if (!frame.mask || frame.payload.empty()) return;
    repetitions_ = frame.mask == last_mask_ ? repetitions_ + 1 : 1;
    last_mask_ = frame.mask;
    if (repetitions_ == telling_repetitions)
      found_.add(
          fresh_mask, one, "another masking key for each frame",
          "The same masking key in " + std::to_string(telling_repetitions) + " frames in a row");
  }

  evidence seen_;
  const context& about_;
  verdicts found_;
  bool unknown_extension_ = false;
  bool extension_in_doubt_ = false;
  bool ours_is_broken_ = false;
  std::set<std::uint16_t> our_codes_;
  std::optional<std::array<std::uint8_t, 4>> last_mask_;
  int repetitions_ = 0;
};

std::vector<finding> run(const std::vector<trace::event>& connection, const context& about) {
  return judge_of_frames(connection, about).run();
}

}  // namespace

check websocket_frames() {
  check result{.name = "websocket-frames", .rules = {}, .run = run};
  for (const fault_rule& row : table())
    result.rules.push_back(row.broken);
  for (const rule& one : {forbidden_code, unassigned_code, fresh_mask})
    result.rules.push_back(one);
  return result;
}

}  // namespace halley::checks
