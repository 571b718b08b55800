#include "wire/websocket_frame.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace halley::wire {
namespace {

constexpr std::array<std::uint8_t, 4> key{0x37, 0xFA, 0x21, 0x3D};

websocket_frame make(opcode code, octets payload) {
  websocket_frame frame;
  frame.code = code;
  frame.payload = std::move(payload);
  return frame;
}

TEST(websocket_frame, writes_the_examples_of_rfc_6455_section_5_7) {
  websocket_frame frame = make(opcode::text, "Hello");
  EXPECT_EQ(to_hex(encode(frame)), "810548656c6c6f");
  frame.mask = key;
  EXPECT_EQ(to_hex(encode(frame)), "818537fa213d7f9f4d5158");
  frame = make(opcode::text, "Hel");
  frame.fin = false;
  EXPECT_EQ(to_hex(encode(frame)), "010348656c");
  EXPECT_EQ(to_hex(encode(make(opcode::continuation, "lo"))), "80026c6f");
  EXPECT_EQ(to_hex(encode(make(opcode::ping, "Hello"))), "890548656c6c6f");
  EXPECT_EQ(to_hex(encode(make(opcode::binary, octets(256, 'x'))).substr(0, 4)), "827e0100");
  EXPECT_EQ(to_hex(encode(make(opcode::binary, octets(65536, 'x'))).substr(0, 10)),
            "827f0000000000010000");
}

TEST(websocket_frame, takes_the_shortest_length_form_at_each_border) {
  const auto header = [](std::size_t size) {
    const octets wire = encode(make(opcode::binary, octets(size, 'x')));
    return wire.size() - size;
  };
  EXPECT_EQ(header(0), 2U);
  EXPECT_EQ(header(125), 2U);
  EXPECT_EQ(header(126), 4U);
  EXPECT_EQ(header(65535), 4U);
  EXPECT_EQ(header(65536), 10U);
}

TEST(websocket_frame, writes_nonsense_as_told) {
  frame_nonsense nonsense;
  nonsense.form = length_form::sixteen_bit;
  EXPECT_EQ(to_hex(encode(make(opcode::text, "a"), nonsense)), "817e000161");
  nonsense.form = length_form::sixty_four_bit;
  EXPECT_EQ(to_hex(encode(make(opcode::text, "a"), nonsense)), "817f000000000000000161");
  nonsense = {std::uint64_t{1} << 63U, std::nullopt};
  EXPECT_EQ(to_hex(encode(make(opcode::text, ""), nonsense)), "817f8000000000000000");
  nonsense = {5, std::nullopt};
  EXPECT_EQ(to_hex(encode(make(opcode::text, "a"), nonsense)), "810561");
  nonsense = {300, length_form::seven_bit};
  EXPECT_EQ(to_hex(encode(make(opcode::text, ""), nonsense)), "812c");
  websocket_frame frame = make(static_cast<opcode>(0xB), "");
  frame.fin = false;
  frame.rsv = 7;
  EXPECT_EQ(to_hex(encode(frame)), "7b00");
}

TEST(websocket_frame, opcodes_have_names_and_classes) {
  EXPECT_EQ(name(opcode::continuation), "continuation");
  EXPECT_EQ(name(opcode::text), "text");
  EXPECT_EQ(name(opcode::binary), "binary");
  EXPECT_EQ(name(opcode::close), "close");
  EXPECT_EQ(name(opcode::ping), "ping");
  EXPECT_EQ(name(opcode::pong), "pong");
  EXPECT_EQ(name(static_cast<opcode>(3)), "opcode-3");
  EXPECT_EQ(name(static_cast<opcode>(11)), "opcode-11");
  for (unsigned number = 0; number < 16; ++number) {
    const auto code = static_cast<opcode>(number);
    EXPECT_EQ(is_control(code), number >= 8) << number;
    EXPECT_EQ(is_reserved(code), (number >= 3 && number <= 7) || number >= 11) << number;
  }
}

TEST(websocket_frame, only_some_close_codes_may_be_on_the_wire) {
  struct range {
    unsigned from, to;
    bool allowed;
  };
  constexpr range ranges[] = {{0, 999, false},    {1000, 1003, true},  {1004, 1006, false},
                              {1007, 1014, true}, {1015, 1015, false}, {1016, 2999, false},
                              {3000, 4999, true}, {5000, 65535, false}};
  for (const auto& [from, to, allowed] : ranges)
    for (unsigned code = from; code <= to; ++code)
      ASSERT_EQ(close_code_allowed(static_cast<std::uint16_t>(code)), allowed) << code;
}

TEST(websocket_frame, a_close_body_is_code_and_reason) {
  EXPECT_EQ(close_body(1000, "bye"),
            "\x03\xE8"
            "bye");
}

RC_GTEST_PROP(websocket_frame,
              masking_twice_gives_the_payload_back_in_any_parts,
              (const std::string& payload, std::array<std::uint8_t, 4> mask)) {
  octets slow = payload;
  for (std::size_t i = 0; i < slow.size(); ++i)
    slow[i] = static_cast<char>(slow[i] ^ static_cast<char>(mask[i % 4]));
  const auto cut = *rc::gen::inRange<std::size_t>(0, payload.size() + 1);
  octets fast = payload;
  apply_mask(std::span(fast).subspan(0, cut), mask, 0);
  apply_mask(std::span(fast).subspan(cut), mask, cut);
  RC_ASSERT(fast == slow);
  apply_mask(fast, mask);
  RC_ASSERT(fast == payload);
}

}  // namespace
}  // namespace halley::wire
