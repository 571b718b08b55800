#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/frames.hpp"
#include "fuzz/grammars/pick.hpp"
#include "fuzz/grammars/websocket_deviations.hpp"
#include "wire/websocket_frame.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace halley::fuzz {
namespace {

using wire::opcode;
using wire::websocket_frame;

opcode draw_data_code(choices& from) {
  return from.draw(2) == 0 ? opcode::text : opcode::binary;
}

opcode draw_control_code(choices& from) {
  static constexpr auto codes = std::to_array<opcode>({opcode::ping, opcode::pong, opcode::close});
  return codes.at(from.draw(codes.size()));
}

opcode draw_code(choices& from) {
  return from.draw(2) == 0 ? draw_data_code(from) : draw_control_code(from);
}

octets body_for(opcode code, octet_view text) {
  return code == opcode::close ? wire::close_body(1000, text) : octets(text);
}

void reserved_bit(choices& from, octets& to) {
  websocket_frame frame = client_frame(draw_code(from), {});
  frame.rsv = static_cast<std::uint8_t>(1 + from.draw(3));
  frame.payload = body_for(frame.code, "rsv");
  append_frame(from, to, std::move(frame));
}

void reserved_opcode(choices& from, octets& to) {
  static constexpr auto codes = std::to_array<std::uint8_t>({3, 4, 5, 6, 7, 11, 12, 13, 14, 15});
  const auto code = static_cast<opcode>(codes.at(from.draw(codes.size())));
  append_frame(from, to, code, from.draw(2) == 0 ? octets() : octets("op"));
}

void unmasked(choices& from, octets& to) {
  websocket_frame frame = client_frame(draw_code(from), {});
  frame.payload = body_for(frame.code, from.draw(2) == 0 ? "plain" : "");
  frame.mask = std::nullopt;
  append_frame(from, to, std::move(frame));
}

void control_long(choices& from, octets& to) {
  const opcode code = draw_control_code(from);
  const std::size_t size = once_in(from, 8) ? 65536 : 126 + from.draw(200);
  append_frame(from, to, code, body_for(code, octets(size, 'c')));
}

void control_fragmented(choices& from, octets& to) {
  const opcode code = draw_control_code(from);
  append_fragment(from, to, code, false, body_for(code, "a"));
  if (once_in(from, 2)) append_fragment(from, to, opcode::continuation, true, "b");
}

void length_form(choices& from, octets& to) {
  websocket_frame frame = client_frame(draw_code(from), {});
  frame.payload = body_for(frame.code, octets(from.draw(100), 'l'));
  const auto form =
      from.draw(2) == 0 ? wire::length_form::sixteen_bit : wire::length_form::sixty_four_bit;
  to += wire::encode(frame, {.length_says = {}, .form = form});
}

void length_high_bit(choices& from, octets& to) {
  static constexpr auto lengths = std::to_array<std::uint64_t>(
      {0x8000000000000000U, 0xffffffffffffffffU, 0x8000000000000005U, 0xfffffffffffffffbU});
  websocket_frame frame = client_frame(draw_data_code(from), "hello");
  to += wire::encode(frame, {.length_says = lengths.at(from.draw(lengths.size())),
                             .form = wire::length_form::sixty_four_bit});
}

void length_beyond_payload(choices& from, octets& to) {
  static constexpr auto lengths =
      std::to_array<std::uint64_t>({200, 70000, 0x7fffffffffffffffU, 0x100000005U, 0x80000000U});
  websocket_frame frame = client_frame(draw_data_code(from), "hello");
  to += wire::encode(frame, {.length_says = lengths.at(from.draw(lengths.size())), .form = {}});
}

void continuation_alone(choices& from, octets& to) {
  append_fragment(from, to, opcode::continuation, from.draw(2) == 0, "alone");
}

void continuation_behind_end(choices& from, octets& to) {
  const opcode code = draw_data_code(from);
  append_fragment(from, to, code, false, "a");
  append_fragment(from, to, opcode::continuation, true, "b");
  append_fragment(from, to, opcode::continuation, true, "c");
}

void message_inside_message(choices& from, octets& to) {
  append_fragment(from, to, draw_data_code(from), false, "outer");
  if (once_in(from, 2)) append_frame(from, to, opcode::ping, "p");
  append_fragment(from, to, draw_data_code(from), from.draw(2) == 0, "inner");
  append_fragment(from, to, opcode::continuation, true, "rest");
}

std::string_view draw_bad_utf8(choices& from) {
  static constexpr auto texts = std::to_array<std::string_view>(
      {"\xff", "\x80", "\xc0\xaf", "\xc1\x81", "\xe0\x80\xaf", "\xed\xa0\x80", "\xed\xbf\xbf",
       "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe",
       "\xc3\x28", "\xe2\x28\xa1", "\xe2\x82\x28", "\xf0\x28\x8c\xbc"});
  return pick(from, texts);
}

void text_not_utf8(choices& from, octets& to) {
  octets text(from.draw(2) == 0 ? "" : "halley ");
  text += draw_bad_utf8(from);
  if (once_in(from, 2)) text += " behind";
  append_frame(from, to, opcode::text, std::move(text));
}

void text_ends_early(choices& from, octets& to) {
  static constexpr auto texts =
      std::to_array<std::string_view>({"\xc3", "a\xe2\x82", "\xf0\x9f\x98", "\xce\xba\xe1\xbd"});
  append_frame(from, to, opcode::text, octets(pick(from, texts)));
}

void text_not_utf8_over_fragments(choices& from, octets& to) {
  octets text = "\xce\xba";
  text += draw_bad_utf8(from);
  text += "z";
  const std::size_t cut = 1 + draw_position(from, text.size() - 1);
  append_fragment(from, to, opcode::text, false, text.substr(0, cut));
  if (once_in(from, 2)) append_frame(from, to, opcode::ping, {});
  append_fragment(from, to, opcode::continuation, true, text.substr(cut));
}

void close_code(choices& from, octets& to) {
  static constexpr auto codes = std::to_array<std::uint16_t>(
      {1005, 1006, 1015, 1004, 0, 1, 999, 1016, 1100, 2000, 2999, 5000, 65535});
  append_close(from, to, codes.at(from.draw(codes.size())), from.draw(2) == 0 ? "" : "bye");
}

void close_one_octet(choices& from, octets& to) {
  append_frame(from, to, opcode::close, octets(1, static_cast<char>(from.draw(2) == 0 ? 3 : 0xe8)));
}

void close_reason(choices& from, octets& to) {
  append_close(from, to, 1000, draw_bad_utf8(from));
}

void data_behind_close(choices& from, octets& to) {
  append_close(from, to, 1000);
  if (from.draw(3) == 0)
    append_frame(from, to, opcode::ping, "late");
  else
    append_frame(from, to, draw_data_code(from), "late");
}

void second_close(choices& from, octets& to) {
  append_close(from, to, 1000);
  append_close(from, to, from.draw(2) == 0 ? 1000 : 1001);
}

void compressed_unasked(choices& from, octets& to) {
  websocket_frame frame = client_frame(opcode::text, deflated("hello"));
  frame.rsv = 4;
  append_frame(from, to, std::move(frame));
}

octets bad_deflate(choices& from) {
  static constexpr auto bad = std::to_array<std::string_view>(
      {"\x07", "\xff\xff\xff\xff", "\x4a\xcb\xff\xff\xff", "\x06\x00", "hello", "\x03\xff"});
  return octets(pick(from, bad));
}

void deflate_data(choices& from, octets& to) {
  websocket_frame frame = client_frame(draw_data_code(from), bad_deflate(from));
  frame.rsv = 4;
  append_frame(from, to, std::move(frame));
}

void deflate_utf8(choices& from, octets& to) {
  octets text = "halley ";
  text += draw_bad_utf8(from);
  websocket_frame frame = client_frame(opcode::text, deflated(text));
  frame.rsv = 4;
  append_frame(from, to, std::move(frame));
}

void rsv1_on_continuation(choices& from, octets& to) {
  const octets whole = deflated("hello hello");
  websocket_frame first = client_frame(opcode::text, whole.substr(0, 3));
  first.rsv = from.draw(2) == 0 ? 4 : 0;
  first.fin = false;
  if (first.rsv == 0) first.payload = "abc";
  websocket_frame second = client_frame(opcode::continuation, whole.substr(3));
  second.rsv = 4;
  append_frame(from, to, std::move(first));
  append_frame(from, to, std::move(second));
}

void rsv1_on_control(choices& from, octets& to) {
  websocket_frame frame = client_frame(draw_control_code(from), {});
  frame.payload = body_for(frame.code, "");
  frame.rsv = 4;
  append_frame(from, to, std::move(frame));
}

void other_bits_with_deflate(choices& from, octets& to) {
  websocket_frame frame = client_frame(opcode::text, deflated("hello"));
  frame.rsv = static_cast<std::uint8_t>(5 + from.draw(3));
  append_frame(from, to, std::move(frame));
}

constexpr auto table = std::to_array<frame_deviation>({
    {"reserved-bit", "rfc6455/5.2-rsv", false, false, reserved_bit},
    {"reserved-opcode", "rfc6455/5.2-opcode", false, false, reserved_opcode},
    {"unmasked", "rfc6455/5.1-close-unmasked", false, false, unmasked},
    {"control-long", "rfc6455/5.5-refuse-long", false, false, control_long},
    {"control-fragmented", "rfc6455/5.5-refuse-fragmented", false, false, control_fragmented},
    {"length-form", "rfc6455/5.2-minimal-length", false, false, length_form},
    {"length-high-bit", "rfc6455/5.2-refuse-high-bit", false, true, length_high_bit},
    {"length-beyond-payload", "rfc6455/6.2-complete", false, true, length_beyond_payload},
    {"continuation-alone", "rfc6455/5.4-refuse-continuation", false, false, continuation_alone},
    {"continuation-behind-end", "rfc6455/5.4-refuse-continuation", false, false,
     continuation_behind_end},
    {"message-inside-message", "rfc6455/5.4-refuse-interleaved", false, false,
     message_inside_message},
    {"text-not-utf8", "rfc6455/8.1-fail", false, false, text_not_utf8},
    {"text-ends-early", "rfc6455/8.1-fail", false, false, text_ends_early},
    {"text-not-utf8-over-fragments", "rfc6455/8.1-fail", false, false,
     text_not_utf8_over_fragments},
    {"close-code", "rfc6455/7.4.1-refuse-code", false, false, close_code},
    {"close-one-octet", "rfc6455/5.5.1-refuse-short", false, false, close_one_octet},
    {"close-reason", "rfc6455/5.5.1-close-reason", false, false, close_reason},
    {"data-behind-close", "rfc6455/5.5.1-data-after-close", false, false, data_behind_close},
    {"second-close", "rfc6455/5.5.1-data-after-close", false, false, second_close},
    {"compressed-unasked", "rfc6455/5.8-negotiate", false, false, compressed_unasked},
    {"deflate-data", "rfc7692/7.2.2-fail", true, false, deflate_data},
    {"deflate-utf8", "rfc6455/8.1-fail", true, false, deflate_utf8},
    {"rsv1-on-continuation", "rfc7692/6-first-fragment", true, false, rsv1_on_continuation},
    {"rsv1-on-control", "rfc7692/6-control-frame", true, false, rsv1_on_control},
    {"other-bits-with-deflate", "rfc6455/5.2-rsv", true, false, other_bits_with_deflate},
});

}  // namespace

std::span<const frame_deviation> frame_deviations() {
  return table;
}

}  // namespace halley::fuzz
