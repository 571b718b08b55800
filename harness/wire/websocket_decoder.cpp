#include "wire/websocket_decoder.hpp"

#include "base/bytes.hpp"
#include "wire/deflate.hpp"
#include "wire/utf8.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace halley::wire {
namespace {

constexpr std::uint8_t rsv1 = 4;
constexpr std::uint64_t longest_control_payload = 125;  // RFC 6455 §5.5

/// The frame that is being read.
struct frame_reader {
  std::uint64_t at = 0;           ///< stream offset of its first octet
  std::size_t header_octets = 0;  ///< how many header octets have come
  std::size_t length_octets = 0;  ///< of the extended length: 0, 2 or 8
  bool masked = false;
  bool control_reported = false;  ///< whether the length was found too long for a control frame
  std::uint64_t length = 0;
  std::array<std::uint8_t, 4> key{};
  websocket_frame frame;
  utf8_validator reason;  ///< of a Close frame
  bool reason_bad = false;

  std::size_t header_size() const { return 2 + length_octets + (masked ? key.size() : 0); }
  std::uint64_t payload_at() const { return at + header_size(); }
  std::uint64_t size() const { return header_size() + length; }
};

/// The message whose fragments are being read.
struct message_reader {
  websocket_message message;
  std::uint64_t wire_octets = 0;  ///< payload octets of all fragments, as declared
  utf8_validator utf8;
  bool utf8_bad = false;
  bool lost = false;  ///< its data cannot be known: it will not be reported
};

}  // namespace

struct websocket_decoder::state {
  state(websocket_settings given, std::uint64_t stream_offset)
      : settings(given), offset(stream_offset) {}

  void feed(octet_view input, std::vector<websocket_item>& out);
  void finish(std::vector<websocket_item>& out);

  // One octet of a header, by its place.
  void header_octet(std::uint8_t octet);
  void first_octet(std::uint8_t octet);
  void second_octet(std::uint8_t octet);
  void length_octet(std::size_t index, std::uint8_t octet);
  void length_known();
  void judge_reserved_bits();
  void judge_fragmentation();

  void begin_message();
  void take_payload(octet_view input);
  void take_message_data(octet_view data);
  void inflate_message_data(octet_view data, bool last);
  void check_utf8(octet_view data, std::optional<std::uint64_t> data_at);
  void take_close_data(octet_view data);
  void end_frame();
  void end_message_data();
  void end_close();

  void report(wire_error error, std::uint64_t at, std::uint64_t size) {
    items->push_back({at, size, error});
  }
  /// A rule of the length field, which begins in the second octet.
  void report_length(wire_error error) { report(error, current.at + 1, 1 + current.length_octets); }
  /// What is wrong with inflated data is reported for the payload of the frame that carried them,
  /// or, where it is empty, for the frame's last octet.
  std::uint64_t last_octet_at() const { return current.at + current.size() - 1; }
  std::uint64_t compressed_data_at() const {
    return current.length > 0 ? current.payload_at() : last_octet_at();
  }
  std::uint64_t compressed_data_size() const { return std::max<std::uint64_t>(current.length, 1); }
  bool belongs_to_message() const { return !is_control(current.frame.code) && message.has_value(); }

  websocket_settings settings;
  std::uint64_t offset;
  std::vector<websocket_item>* items = nullptr;  ///< where feed() puts what it finds
  bool in_payload = false;
  bool dropping = false;
  bool closed = false;  ///< a Close frame has come
  frame_reader current;
  std::optional<message_reader> message;
  std::optional<inflater> inflating;
  bool context_lost = false;  ///< the sliding window is no longer the sender's
};

void websocket_decoder::state::feed(octet_view input, std::vector<websocket_item>& out) {
  items = &out;
  while (!input.empty() && !dropping) {
    if (in_payload) {
      const std::uint64_t missing = current.length - current.frame.payload.size();
      const auto part =
          input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(missing, input.size())));
      input.remove_prefix(part.size());
      take_payload(part);
      offset += part.size();
      if (part.size() == missing) end_frame();
    } else {
      const std::uint8_t octet = octet_at(input, 0);
      input.remove_prefix(1);
      header_octet(octet);
      ++offset;
    }
  }
  offset += input.size();
}

void websocket_decoder::state::header_octet(std::uint8_t octet) {
  const std::size_t index = current.header_octets++;
  if (index == 0) {
    first_octet(octet);
  } else if (index == 1) {
    second_octet(octet);
  } else if (index < 2 + current.length_octets) {
    length_octet(index - 2, octet);
  } else {
    current.key[index - 2 - current.length_octets] = octet;
  }
  if (dropping || current.header_octets < 2 || current.header_octets < current.header_size())
    return;

  if (current.masked) current.frame.mask = current.key;
  in_payload = true;
  if (current.length == 0) end_frame();
}

void websocket_decoder::state::first_octet(std::uint8_t octet) {
  current.at = offset;
  current.frame.fin = (octet & 0x80U) != 0;
  current.frame.rsv = static_cast<std::uint8_t>((octet >> 4U) & 0x7U);
  current.frame.code = static_cast<opcode>(octet & 0xFU);
  if (closed) report(wire_error::frame_after_close, offset, 1);
  judge_reserved_bits();
  if (is_reserved(current.frame.code)) report(wire_error::reserved_opcode, offset, 1);
  judge_fragmentation();
  if (!is_control(current.frame.code) && current.frame.code != opcode::continuation)
    begin_message();
}

/// RFC 6455 §5.2; RFC 7692 §6: RSV1 means "compressed" on the first frame of a data message, and
/// nothing elsewhere.
void websocket_decoder::state::judge_reserved_bits() {
  const websocket_frame& frame = current.frame;
  std::uint8_t undefined = frame.rsv;
  if (settings.deflate && (frame.rsv & rsv1) != 0) {
    if (is_control(frame.code)) {
      report(wire_error::rsv1_on_control_frame, offset, 1);
      undefined &= static_cast<std::uint8_t>(~rsv1);
    } else if (frame.code == opcode::continuation) {
      report(wire_error::rsv1_on_continuation, offset, 1);
      undefined &= static_cast<std::uint8_t>(~rsv1);
    } else if (!is_reserved(frame.code)) {
      undefined &= static_cast<std::uint8_t>(~rsv1);
    }
  }
  if (undefined != 0) report(wire_error::reserved_bit, offset, 1);
}

/// RFC 6455 §5.4, §5.5.
void websocket_decoder::state::judge_fragmentation() {
  if (is_control(current.frame.code)) {
    if (!current.frame.fin) report(wire_error::fragmented_control_frame, offset, 1);
  } else if (current.frame.code == opcode::continuation) {
    if (!message) report(wire_error::unexpected_continuation, offset, 1);
  } else if (message) {
    report(wire_error::missing_continuation, offset, 1);
  }
}

/// A data frame that interrupts a message takes its place: the rest of the old one could not be
/// told from the new.
void websocket_decoder::state::begin_message() {
  const bool interrupted_compressed = message && message->message.compressed;
  message.emplace();
  message_reader& begun = *message;
  begun.message.type = current.frame.code;
  begun.message.fragments = 0;
  // Nobody knows what a reserved opcode's data mean; its continuation frames still belong to it.
  begun.lost = is_reserved(current.frame.code);
  begun.message.compressed = !begun.lost && settings.deflate && (current.frame.rsv & rsv1) != 0;

  if (interrupted_compressed) context_lost = true;
  if (!begun.message.compressed) return;
  const deflate_parameters& agreed = *settings.deflate;
  const bool forgets =
      settings.from_client ? agreed.client_no_context_takeover : agreed.server_no_context_takeover;
  const int window =
      settings.from_client ? agreed.client_max_window_bits : agreed.server_max_window_bits;
  if (!inflating || (context_lost && forgets)) {
    inflating.emplace(window, forgets);
    context_lost = false;
  }
  // Without the sender's window every later message would seem broken: it was one fault, and one
  // was reported.
  begun.lost = context_lost;
}

void websocket_decoder::state::second_octet(std::uint8_t octet) {
  current.masked = (octet & 0x80U) != 0;
  // RFC 6455 §5.1.
  if (settings.from_client && !current.masked) report(wire_error::unmasked_client_frame, offset, 1);
  if (!settings.from_client && current.masked) report(wire_error::masked_server_frame, offset, 1);

  const std::uint8_t length = octet & 0x7FU;
  if (length == 126) {
    current.frame.form = length_form::sixteen_bit;
    current.length_octets = 2;
  } else if (length == 127) {
    current.frame.form = length_form::sixty_four_bit;
    current.length_octets = 8;
  } else {
    current.length = length;
    length_known();
  }
}

/// RFC 6455 §5.2, §5.5. Each rule is reported at the octet that decides it.
void websocket_decoder::state::length_octet(std::size_t index, std::uint8_t octet) {
  const bool last = index + 1 == current.length_octets;
  if (index == 0 && current.length_octets == 8 && (octet & 0x80U) != 0) {
    report_length(wire_error::length_high_bit);
    dropping = true;
    return;
  }
  current.length = current.length << 8U | octet;

  const bool fits_sixteen = current.length_octets == 8 && index == 5 && current.length == 0;
  const bool fits_seven = current.length_octets == 2 && last && current.length < 126;
  if (fits_sixteen || fits_seven) report_length(wire_error::non_minimal_length);

  // The length so far, with zeros for the octets to come, is the least that it can be.
  const std::size_t to_come = current.length_octets - index - 1;
  const bool over = to_come > 0 ? current.length > 0 : current.length > longest_control_payload;
  if (over && is_control(current.frame.code) && !current.control_reported) {
    report_length(wire_error::control_frame_too_long);
    current.control_reported = true;
  }
  if (last) length_known();
}

void websocket_decoder::state::length_known() {
  if (current.frame.code == opcode::close && current.length == 1)
    report_length(wire_error::bad_close_length);
  bool over = current.length > settings.limits.frame_octets;
  if (belongs_to_message()) {
    const std::uint64_t limit = settings.limits.message_octets;
    over = over || current.length > limit - std::min(limit, message->wire_octets);
    message->wire_octets += over ? 0 : current.length;
  }
  if (!over) return;
  report_length(wire_error::message_too_large);
  dropping = true;
}

void websocket_decoder::state::take_payload(octet_view input) {
  octets& payload = current.frame.payload;
  const std::size_t before = payload.size();
  payload += input;
  if (current.masked) apply_mask(std::span(payload).subspan(before), current.key, before);
  const octet_view data = octet_view(payload).substr(before);
  if (current.frame.code == opcode::close) take_close_data(data);
  if (belongs_to_message()) take_message_data(data);
}

void websocket_decoder::state::take_message_data(octet_view data) {
  if (message->lost) return;
  if (message->message.compressed) return inflate_message_data(data, false);
  message->message.data += data;
  check_utf8(data, offset);
}

void websocket_decoder::state::inflate_message_data(octet_view data, bool last) {
  octets& inflated = message->message.data;
  const std::size_t before = inflated.size();
  const auto outcome = inflating->inflate(
      data, last, static_cast<std::size_t>(settings.limits.message_octets), inflated);
  check_utf8(octet_view(inflated).substr(before), std::nullopt);
  if (outcome == inflater::outcome::ok) return;
  report(outcome == inflater::outcome::too_large ? wire_error::inflated_too_large
                                                 : wire_error::bad_deflate_data,
         compressed_data_at(), compressed_data_size());
  message->lost = true;
  context_lost = true;
}

/// RFC 6455 §8.1. `data_at`: where in the stream `data` begins; nothing where the stream holds it
/// compressed.
void websocket_decoder::state::check_utf8(octet_view data, std::optional<std::uint64_t> data_at) {
  if (message->message.type != opcode::text || message->utf8_bad) return;
  const std::size_t good = message->utf8.feed(data);
  if (good == data.size()) return;
  message->utf8_bad = true;
  if (data_at)
    report(wire_error::bad_utf8, *data_at + good, 1);
  else
    report(wire_error::bad_utf8, compressed_data_at(), compressed_data_size());
}

/// RFC 6455 §5.5.1, §7.4. Called with every part of the body, after it was appended to the payload.
void websocket_decoder::state::take_close_data(octet_view data) {
  const octet_view body = current.frame.payload;
  const std::size_t before = body.size() - data.size();
  if (before < 2 && body.size() >= 2) {
    const auto code = static_cast<std::uint16_t>(octet_at(body, 0) << 8U | octet_at(body, 1));
    if (!close_code_allowed(code)) report(wire_error::bad_close_code, current.payload_at(), 2);
  }
  if (body.size() <= 2 || current.reason_bad) return;
  const std::size_t from = std::max<std::size_t>(before, 2);
  const octet_view part = body.substr(from);
  const std::size_t good = current.reason.feed(part);
  if (good == part.size()) return;
  current.reason_bad = true;
  report(wire_error::bad_close_reason_utf8, current.payload_at() + from + good, 1);
}

void websocket_decoder::state::end_frame() {
  const bool completes = belongs_to_message() && current.frame.fin;
  if (belongs_to_message()) ++message->message.fragments;
  if (completes) end_message_data();
  const std::uint64_t at = current.at;
  const std::uint64_t size = current.size();
  if (current.frame.code == opcode::close)
    end_close();
  else
    items->push_back({at, size, std::move(current.frame)});
  if (completes) {
    if (!message->lost) items->push_back({at, size, std::move(message->message)});
    message.reset();
  }
  current = {};
  in_payload = false;
}

void websocket_decoder::state::end_message_data() {
  if (message->lost) return;
  if (message->message.compressed) inflate_message_data({}, true);
  if (message->message.type != opcode::text || message->utf8_bad || message->lost) return;
  if (message->utf8.complete()) return;
  if (message->message.compressed)
    report(wire_error::bad_utf8, compressed_data_at(), compressed_data_size());
  else
    report(wire_error::bad_utf8, last_octet_at(), 1);
}

void websocket_decoder::state::end_close() {
  const octet_view body = current.frame.payload;
  if (!current.reason_bad && !current.reason.complete())
    report(wire_error::bad_close_reason_utf8, last_octet_at(), 1);
  websocket_close close;
  close.masked = current.masked;
  if (body.size() >= 2) {
    close.code = static_cast<std::uint16_t>(octet_at(body, 0) << 8U | octet_at(body, 1));
    close.reason = body.substr(2);
  }
  items->push_back({current.at, current.size(), std::move(close)});
  closed = true;
}

void websocket_decoder::state::finish(std::vector<websocket_item>& out) {
  if (!dropping && current.header_octets > 0)
    out.push_back({current.at, offset - current.at, wire_error::truncated_frame});
  dropping = true;
}

websocket_decoder::websocket_decoder(websocket_settings settings, std::uint64_t stream_offset)
    : state_(std::make_unique<state>(settings, stream_offset)) {
}
websocket_decoder::~websocket_decoder() = default;
websocket_decoder::websocket_decoder(websocket_decoder&&) noexcept = default;
websocket_decoder& websocket_decoder::operator=(websocket_decoder&&) noexcept = default;

void websocket_decoder::feed(octet_view input, std::vector<websocket_item>& out) {
  state_->feed(input, out);
}

void websocket_decoder::finish(std::vector<websocket_item>& out) {
  state_->finish(out);
}

std::uint64_t websocket_decoder::payload_left() const {
  if (state_->dropping) return std::numeric_limits<std::uint64_t>::max();
  if (!state_->in_payload || is_control(state_->current.frame.code)) return 0;
  return state_->current.length - state_->current.frame.payload.size();
}

}  // namespace halley::wire
