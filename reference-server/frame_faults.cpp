#include "reference-server/frame_faults.hpp"

#include "base/bytes.hpp"
#include "reference-server/frame_cursor.hpp"
#include "reference-server/options.hpp"
#include "reference-server/topic.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

constexpr std::uint8_t continuation = 0;
constexpr std::uint8_t text = 1;
constexpr std::uint8_t binary = 2;
constexpr std::uint8_t close = 8;
constexpr std::uint8_t ping = 9;
constexpr std::uint8_t pong = 10;
constexpr std::uint8_t not_assigned = 11;  // what Beast refuses with 1002
constexpr std::uint8_t rsv1 = 4;
constexpr std::uint8_t rsv2 = 2;

constexpr std::size_t control_maximum = 125;
constexpr std::size_t fast_path = 64;  // payloads that a mutant unmasks word by word are longer
/// Longer frames pass unchanged: no endpoint takes them, so none of them gets whole.
constexpr std::uint64_t gathered_maximum = std::uint64_t{128} << 20U;

char combine(char a, char b) {
  return static_cast<char>(static_cast<std::uint8_t>(a) ^ static_cast<std::uint8_t>(b));
}

/// Source: RFC 6455 §7.4, and the codes that IANA registered since.
bool is_close_code(unsigned code) {
  const bool standard = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
  return standard || (code >= 3000 && code <= 4999);
}

unsigned code_of(const frame& one) {
  return one.payload.size() < 2 ? 0 : octet_at(one.payload, 0) * 256U + octet_at(one.payload, 1);
}

bool fails_the_connection(const frame& one) {
  return code_of(one) == 1002 || code_of(one) == 1007 || code_of(one) == 1009;
}

void pass_text_as_binary(frame& one, frame_history& at) {
  if (one.opcode != text && one.opcode != binary) return;
  at.texts.push_back(one.opcode == text);
  one.opcode = binary;
}

/// As one stored block and the empty one whose end is left out, so that it gets into the window.
void pass_plain_as_stored(frame& one, frame_history& at) {
  const bool whole = one.fin && (one.opcode == text || one.opcode == binary);
  if (!at.deflate || !whole || one.reserved != 0 || one.payload.size() > 0xFFFF) return;
  const std::size_t size = one.payload.size();
  const char low = static_cast<char>(size & 0xFFU);
  const char high = static_cast<char>(size >> 8U);
  const octets lengths = {low, high, combine(low, '\xFF'), combine(high, '\xFF')};
  one.reserved = rsv1;
  one.payload = octets(1, '\0') + lengths + one.payload + octets(1, '\0');
}

// Lengths

std::uint64_t low_half(octet_view head) {
  return payload_length(head) & 0xFFFFFFFFU;
}

std::uint64_t low_octet_first(octet_view head) {
  const std::uint64_t length = payload_length(head);
  const bool short_form = (octet_at(head, 1) & 0x7FU) == 126;
  return short_form ? (length & 0xFFU) << 8U | length >> 8U : length;
}

// Masks

void keep_mask_of_tail(frame& one, frame_history&) {
  if (one.payload.size() <= fast_path) return;
  for (std::size_t i = one.payload.size() & ~std::size_t{3}; i < one.payload.size(); ++i)
    one.payload[i] = combine(one.payload[i], one.key[i % 4]);
}

void restart_mask_at_reads(frame& one, frame_history&) {
  if (one.payload.size() <= control_maximum) return;
  one.reads.push_back(one.payload.size());
  for (std::size_t read = 0; read + 1 < one.reads.size(); ++read) {
    for (std::size_t i = one.reads[read]; i < one.reads[read + 1]; ++i) {
      const char wrong = one.key[(i - one.reads[read]) % 4];
      one.payload[i] = combine(one.payload[i], combine(one.key[i % 4], wrong));
    }
  }
}

// Text

void check_fragment_alone(frame& one, frame_history& at) {
  const bool first = one.opcode == text && (one.reserved & rsv1) == 0;
  const bool later = one.opcode == continuation && at.in_plain_text;
  if ((first || later) && !is_utf8(one.payload)) one.payload = "\xFF";
}

// Close

void forgive_close_code(frame& one, frame_history&) {
  if (one.opcode == close && one.payload.size() >= 2 && !is_close_code(code_of(one)))
    one.payload.replace(0, 2, "\x03\xE8");
}

void spoil_private_close_code(frame& one, frame_history&) {
  if (one.opcode == close && code_of(one) >= 3000) one.payload.replace(0, 2, 2, '\0');
}

void forgive_close_reason(frame& one, frame_history&) {
  if (one.opcode == close && one.payload.size() > 2 && !is_utf8(one.payload.substr(2)))
    one.payload.resize(2);
}

/// Beast sees a Ping in place of the Close and goes on; its Pong goes out as the Close.
void hide_close(frame& one, frame_history& at) {
  if (one.opcode != close) return;
  one.opcode = ping;
  at.close_seen = true;
}

// Pings

void hold_ping(frame& one, frame_history& at) {
  if (one.opcode != ping || !at.in_message) return;
  at.held.push_back(one);
  one.lost = true;
}

void note_close(frame& one, frame_history& at) {
  at.answers_close = at.answers_close || one.opcode == close;
}

/// Behind a binary message, what follows a Ping inside the next message is lost.
void empty_behind_ping(frame& one, frame_history& at) {
  if (one.control()) {
    at.pinged_inside = at.pinged_inside || (one.opcode == ping && at.in_message);
    return;
  }
  if (at.pinged_inside && at.after_binary) one.payload.clear();
  at.pinged_inside = false;
  if (one.opcode != continuation) at.message_binary = one.opcode == binary;
  if (one.fin) at.after_binary = at.message_binary;
}

// A table of what each mutant does. A frame passes those asked for, from top to bottom.
constexpr auto of_received = std::to_array<frame_fault>({
    {"length-32-bit", nullptr, low_half},
    {"length-low-octet-first", nullptr, low_octet_first},
    {"mask-tail-kept", keep_mask_of_tail},
    {"mask-restarts", restart_mask_at_reads},
    {"accepts-unmasked-frame", [](frame& one, frame_history&) { one.masked = true; }},
    {"rsv-ignored",
     [](frame& one, frame_history& at) { one.reserved &= at.deflate ? rsv1 : std::uint8_t{0}; }},
    {"rsv2-ping-ignored",
     [](frame& one, frame_history&) {
       if (one.opcode == ping) one.reserved &= static_cast<std::uint8_t>(~rsv2);
     }},
    {"rsv1-control-accepted",
     [](frame& one, frame_history&) {
       if (one.control()) one.reserved &= static_cast<std::uint8_t>(~rsv1);
     }},
    {"rsv1-continuation-accepted",
     [](frame& one, frame_history&) {
       if (one.opcode == continuation) one.reserved &= static_cast<std::uint8_t>(~rsv1);
     }},
    {"stored-block-refused",
     [](frame& one, frame_history&) {
       const bool deflated = (one.reserved & rsv1) != 0 && !one.payload.empty();
       if (deflated && (octet_at(one.payload, 0) & 6U) == 0) one.opcode = not_assigned;
     }},
    {"plain-message-in-window", pass_plain_as_stored},
    {"reserved-opcode-skipped",
     [](frame& one, frame_history&) {
       one.lost = (one.opcode & 7U) > 2;  // 3 to 7 and 11 to 15
     }},
    {"long-control-accepted",
     [](frame& one, frame_history&) {
       if (one.control() && one.payload.size() > control_maximum)
         one.payload.resize(control_maximum);
     }},
    {"control-125-refused",
     [](frame& one, frame_history&) {
       if (one.control() && one.payload.size() == control_maximum) one.opcode = not_assigned;
     }},
    {"fragmented-control-accepted",
     [](frame& one, frame_history&) { one.fin = one.fin || one.control(); }},
    {"control-between-refused",
     [](frame& one, frame_history& at) {
       if (one.control() && at.in_message) one.opcode = not_assigned;
     }},
    {"orphan-starts-message",
     [](frame& one, frame_history& at) {
       if (one.opcode == continuation && !at.in_message) one.opcode = text;
     }},
    {"new-message-continues",
     [](frame& one, frame_history& at) {
       if (!one.control() && at.in_message) one.opcode = continuation;
     }},
    {"empty-fragment-ends",
     [](frame& one, frame_history&) {
       one.fin = one.fin || (!one.control() && one.payload.empty());
     }},
    {"last-fragment-only",
     [](frame& one, frame_history&) {
       if (!one.fin && !one.control()) one.payload.clear();
     }},
    {"close-sends-1005",
     [](frame& one, frame_history& at) {
       at.empty_close = one.opcode == close && one.payload.empty();
     }},
    {"close-code-3000-refused", spoil_private_close_code},
    {"close-code-unchecked", forgive_close_code},
    {"close-reason-unchecked", forgive_close_reason},
    {"close-one-octet-accepted",
     [](frame& one, frame_history&) {
       if (one.opcode == close && one.payload.size() == 1) one.payload.clear();
     }},
    {"serves-after-close", hide_close},
    {"ping-unanswered", [](frame& one, frame_history&) { one.lost = one.opcode == ping; }},
    {"ping-answered-once",
     [](frame& one, frame_history& at) { one.lost = one.opcode == ping && at.pings++ != 0; }},
    {"pong-held-back", hold_ping},
    {"pong-other-payload",
     [](frame& one, frame_history&) {
       if (one.opcode == ping && !one.payload.empty())
         one.payload[0] = combine(one.payload[0], '\1');
     }},
    {"pong-refused",
     [](frame& one, frame_history&) {
       if (one.opcode == pong) one.opcode = not_assigned;
     }},
    {"ping-empties-fragment", empty_behind_ping},
    {"utf8-by-fragment", check_fragment_alone},
    {"utf8-unchecked", pass_text_as_binary},
    {"utf8-overlong-accepted", pass_text_as_binary},
    {"utf8-surrogate-accepted", pass_text_as_binary},
    // Of the client alone.
    {"client-masked-accepted", [](frame& one, frame_history&) { one.masked = false; }},
    {"client-no-close-answer", note_close},
});

constexpr auto of_sent = std::to_array<frame_fault>({
    {"drop-without-close",
     [](frame& one, frame_history&) {
       one.lost = one.opcode == close && fails_the_connection(one);
     }},
    {"close-unanswered",
     [](frame& one, frame_history&) {
       one.lost = one.opcode == close && !fails_the_connection(one);
     }},
    {"close-sends-1005",
     [](frame& one, frame_history& at) {
       if (one.opcode == close && at.empty_close) one.payload = "\x03\xED";
     }},
    {"serves-after-close",
     [](frame& one, frame_history& at) {
       if (one.opcode == pong && at.close_seen) one.opcode = close;
     }},
    {"rsv1-not-set",
     [](frame& one, frame_history&) { one.reserved &= static_cast<std::uint8_t>(~rsv1); }},
    // Of the client alone.
    {"client-no-close-answer",
     [](frame& one, frame_history& at) { one.lost = one.opcode == close && at.answers_close; }},
    {"client-pong-payload-lost",
     [](frame& one, frame_history&) {
       if (one.opcode == pong) one.payload.clear();
     }},
});

std::vector<frame_fault> chosen(std::span<const frame_fault> among, const options& how) {
  std::vector<frame_fault> result;
  for (const frame_fault& one : among)
    if (how.mutant(one.mutant)) result.push_back(one);
  return result;
}

void apply(const std::vector<frame_fault>& faults, frame& one, frame_history& at) {
  for (const frame_fault& fault : faults)
    if (fault.alter != nullptr && !one.lost) fault.alter(one, at);
}

frame begun(const frame_cursor::header& header) {
  frame one;
  const std::uint8_t first = octet_at(header.octets_of, 0);
  one.fin = (first & 0x80U) != 0;
  one.reserved = (first & 0x70U) >> 4U;
  one.opcode = header.opcode();
  one.masked = header.masked();
  if (one.masked) one.key = header.octets_of.substr(header.octets_of.size() - 4);
  return one;
}

void take_payload(frame& into, octet_view piece) {
  into.reads.push_back(into.payload.size());
  for (const char masked : piece)
    into.payload += combine(masked, into.key[into.payload.size() % 4]);
}

/// The frame in the shortest form, where masked with the key that changes nothing.
octets encoded(const frame& one) {
  const unsigned first = (one.fin ? 0x80U : 0U) | static_cast<unsigned>(one.reserved << 4U);
  octets out(1, static_cast<char>(first | one.opcode));
  const std::uint64_t size = one.payload.size();
  const unsigned mask = one.masked ? 0x80U : 0U;
  std::size_t more = 0;
  if (size < 126) {
    out += static_cast<char>(mask | size);
  } else {
    more = size > 0xFFFF ? 8 : 2;
    out += static_cast<char>(mask | (more == 8 ? 127U : 126U));
  }
  for (std::size_t left = more; left > 0; --left)
    out += static_cast<char>(size >> (8 * (left - 1)) & 0xFFU);
  if (one.masked) out.append(4, '\0');
  return out + one.payload;
}

}  // namespace

frame_faults::frame_faults(const options& how, bool deflate)
    : received_faults_(chosen(of_received, how)), sent_faults_(chosen(of_sent, how)) {
  history_.deflate = deflate;
  for (const frame_fault& one : received_faults_)
    if (one.lengths != nullptr) received_.cursor = frame_cursor(one.lengths);
}

bool frame_faults::next_is_text(bool seen_by_beast) {
  if (history_.texts.empty()) return seen_by_beast;
  const bool came_as_text = history_.texts.front();
  history_.texts.pop_front();
  return came_as_text;
}

std::optional<frame> frame_faults::gatherer::take(octet_view& input, octets& passed) {
  octet_view payload;
  const auto header = cursor.take(input, payload);
  if (header) {
    pass_on = header->length > gathered_maximum;
    if (pass_on) passed += header->octets_of;
    current = pass_on ? std::nullopt : std::optional(begun(*header));
    missing = header->length;
  } else if (pass_on) {
    passed += payload;
  } else if (!payload.empty()) {
    take_payload(*current, payload);
    missing -= payload.size();
  }
  if (!current || missing != 0) return std::nullopt;
  return std::exchange(current, std::nullopt);
}

octets frame_faults::received(octet_view input) {
  octets seen;
  while (!input.empty()) {
    auto one = received_.take(input, seen);
    if (!one) continue;
    apply(received_faults_, *one, history_);
    if (one->lost) continue;
    seen += encoded(*one);
    follow(*one);
    if (history_.in_message) continue;
    for (const frame& held : std::exchange(history_.held, {}))
      seen += encoded(held);
  }
  return seen;
}

octets frame_faults::sent(octet_view output) {
  octets seen;
  while (!output.empty()) {
    auto one = sent_.take(output, seen);
    if (!one) continue;
    apply(sent_faults_, *one, history_);
    if (!one->lost) seen += encoded(*one);
  }
  return seen;
}

/// Keeps track of messages as Beast sees them.
void frame_faults::follow(const frame& one) {
  if (one.control()) return;
  history_.in_message = !one.fin;
  if (one.opcode != continuation)
    history_.in_plain_text = one.opcode == text && (one.reserved & rsv1) == 0;
}

}  // namespace halley::gateway
