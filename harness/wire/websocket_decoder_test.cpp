#include "wire/websocket_decoder.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "wire/deflate.hpp"
#include "wire/every_cut.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::wire {
namespace {

using strings = std::vector<std::string>;

std::string quoted(const octets& text) {
  return " \"" + printable(text, 40) + '"';
}

std::string describe(const websocket_frame& frame) {
  std::string result = name(frame.code) + (frame.fin ? "" : "...");
  if (frame.rsv != 0) result += " rsv" + std::to_string(frame.rsv);
  if (frame.mask) result += " masked";
  if (frame.form == length_form::sixteen_bit) result += " 16";
  if (frame.form == length_form::sixty_four_bit) result += " 64";
  return result + quoted(frame.payload);
}

std::string describe(const websocket_close& close) {
  const std::string code = close.code ? ' ' + std::to_string(*close.code) : "";
  return "close" + code + (close.masked ? " masked" : "") + quoted(close.reason);
}

std::string describe(const websocket_message& message) {
  return "message " + name(message.type) + (message.compressed ? " deflated" : "") + " x" +
         std::to_string(message.fragments) + quoted(message.data);
}

std::string describe(wire_error error) {
  return std::string(name(error));
}

/// "AT+SIZE what".
strings describe(const std::vector<websocket_item>& items) {
  strings result;
  for (const websocket_item& item : items) {
    const auto what = std::visit([](const auto& value) { return describe(value); }, item.what);
    result.push_back(std::to_string(item.at) + '+' + std::to_string(item.size) + ' ' + what);
  }
  return result;
}

enum class side { server, client, deflating_server, forgetful_server };

websocket_settings settings_of(side sender) {
  websocket_settings settings;
  settings.from_client = sender == side::client;
  if (sender == side::deflating_server) settings.deflate = deflate_parameters();
  if (sender == side::forgetful_server) settings.deflate = deflate_parameters{true, true, 15, 15};
  settings.limits = {70'000, 80'000};
  return settings;
}

struct decoder_case {
  const char* title;
  side sender;
  const char* hex;
  strings items;
};

void expect_all_cuts(const decoder_case& test) {
  SCOPED_TRACE(test.title);
  const octets wire = from_hex(test.hex).value();
  const websocket_settings settings = settings_of(test.sender);
  const auto whole = every_cut::decode<websocket_item>(websocket_decoder(settings), wire, {});
  EXPECT_EQ(describe(whole), test.items);
  for (const auto& ends : every_cut::all(wire.size())) {
    const auto cut = every_cut::decode<websocket_item>(websocket_decoder(settings), wire, ends);
    ASSERT_EQ(describe(cut), describe(whole)) << testing::PrintToString(ends);
    ASSERT_EQ(cut, whole);
  }
  // What comes behind changes nothing of what was found before, but for the end.
  std::vector<websocket_item> before;
  websocket_decoder(settings).feed(wire, before);
  std::vector<websocket_item> trailing;
  websocket_decoder(settings).feed(wire + octets("\x8A\x00\xFF", 3), trailing);
  ASSERT_GE(trailing.size(), before.size());
  trailing.resize(before.size());
  EXPECT_EQ(trailing, before);
}

/// Source: RFC 6455 §5.7 and the rules of §5.2 to §5.5.
const decoder_case frame_cases[] = {
    {"nothing", side::server, "", {}},
    {"an unmasked text",
     side::server,
     "81 05 48 65 6c 6c 6f",
     {"0+7 text \"Hello\"", "0+7 message text x1 \"Hello\""}},
    {"a masked text",
     side::client,
     "81 85 37 fa 21 3d 7f 9f 4d 51 58",
     {"0+11 text masked \"Hello\"", "0+11 message text x1 \"Hello\""}},
    {"a fragmented text",
     side::server,
     "01 03 48 65 6c 80 02 6c 6f",
     {"0+5 text... \"Hel\"", "5+4 continuation \"lo\"", "5+4 message text x2 \"Hello\""}},
    {"a ping in the middle",
     side::server,
     "02 01 61 89 01 70 00 00 80 01 62",
     {"0+3 binary... \"a\"", "3+3 ping \"p\"", "6+2 continuation... \"\"", "8+3 continuation \"b\"",
      "8+3 message binary x3 \"ab\""}},
    {"empty messages",
     side::server,
     "81 00 82 00 01 00 80 00",
     {"0+2 text \"\"", "0+2 message text x1 \"\"", "2+2 binary \"\"", "2+2 message binary x1 \"\"",
      "4+2 text... \"\"", "6+2 continuation \"\"", "6+2 message text x2 \"\""}},
    {"an unmasked client frame",
     side::client,
     "81 01 61",
     {"1+1 unmasked_client_frame", "0+3 text \"a\"", "0+3 message text x1 \"a\""}},
    {"a masked server frame",
     side::server,
     "8a 81 00 00 00 01 61",
     {"1+1 masked_server_frame", "0+7 pong masked \"a\""}},
    {"reserved bits",
     side::server,
     "c1 00 a1 00 99 00 f2 00",
     {"0+1 reserved_bit", "0+2 text rsv4 \"\"", "0+2 message text x1 \"\"", "2+1 reserved_bit",
      "2+2 text rsv2 \"\"", "2+2 message text x1 \"\"", "4+1 reserved_bit", "4+2 ping rsv1 \"\"",
      "6+1 reserved_bit", "6+2 binary rsv7 \"\"", "6+2 message binary x1 \"\""}},
    {"reserved opcodes",
     side::server,
     "83 01 61 87 00 8b 00 8f 00 03 00 80 00 89 00",
     {"0+1 reserved_opcode", "0+3 opcode-3 \"a\"", "3+1 reserved_opcode", "3+2 opcode-7 \"\"",
      "5+1 reserved_opcode", "5+2 opcode-11 \"\"", "7+1 reserved_opcode", "7+2 opcode-15 \"\"",
      "9+1 reserved_opcode", "9+2 opcode-3... \"\"", "11+2 continuation \"\"", "13+2 ping \"\""}},
    {"fragmented control frames",
     side::server,
     "09 00 08 00",
     {"0+1 fragmented_control_frame", "0+2 ping... \"\"", "2+1 fragmented_control_frame",
      "2+2 close \"\""}},
    {"nothing to continue",
     side::server,
     "80 01 61 00 00 81 01 62",
     {"0+1 unexpected_continuation", "0+3 continuation \"a\"", "3+1 unexpected_continuation",
      "3+2 continuation... \"\"", "5+3 text \"b\"", "5+3 message text x1 \"b\""}},
    {"a new message inside another",
     side::server,
     "01 01 61 81 01 62 80 01 63",
     {"0+3 text... \"a\"", "3+1 missing_continuation", "3+3 text \"b\"",
      "3+3 message text x1 \"b\"", "6+1 unexpected_continuation", "6+3 continuation \"c\""}},
    {"non-minimal lengths",
     side::server,
     "82 7e 00 01 61 82 7f 00 00 00 00 00 00 00 02 62 63",
     {"1+3 non_minimal_length", "0+5 binary 16 \"a\"", "0+5 message binary x1 \"a\"",
      "6+9 non_minimal_length", "5+12 binary 64 \"bc\"", "5+12 message binary x1 \"bc\""}},
    {"a length of 2^63",
     side::server,
     "82 7f 80 00 00 00 00 00 00 01 61 89 00",
     {"1+9 length_high_bit"}},
    {"a frame over the limit",
     side::server,
     "82 7f 00 00 00 00 00 01 11 71 61 89 00",
     {"1+9 message_too_large"}},
    {"a masked frame over the limit",
     side::client,
     "82 ff 7f ff ff ff ff ff ff ff 61 89 00",
     {"1+9 message_too_large"}},
    {"long control frames in the making",
     side::server,
     "89 7e 01 00",
     {"1+3 control_frame_too_long", "0+4 truncated_frame"}},
    {"a control frame with a needless form",
     side::server,
     "89 7e 00 01 61",
     {"1+3 non_minimal_length", "0+5 ping 16 \"a\""}},
    {"a control frame of nearly 2^63",
     side::server,
     "89 7f 01",
     {"1+9 control_frame_too_long", "0+3 truncated_frame"}},
    {"ended in the header", side::server, "89 00 81", {"0+2 ping \"\"", "2+1 truncated_frame"}},
    {"ended in the key", side::client, "89 81 00 00", {"0+4 truncated_frame"}},
    {"ended in the payload", side::server, "89 02 61", {"0+3 truncated_frame"}},
    {"several at once",
     side::client,
     "7f 01 61",
     {"0+1 reserved_bit", "0+1 reserved_opcode", "0+1 fragmented_control_frame",
      "1+1 unmasked_client_frame", "0+3 opcode-15... rsv7 \"a\""}},
};

/// Source: RFC 6455 §5.5.1, §7.4.
const decoder_case close_cases[] = {
    {"an empty Close", side::server, "88 00", {"0+2 close \"\""}},
    {"a masked Close", side::client, "88 82 01 00 00 00 02 e8", {"0+8 close 1000 masked \"\""}},
    {"code and reason", side::server, "88 05 03 e8 62 79 65", {"0+7 close 1000 \"bye\""}},
    {"half a code", side::server, "88 01 03", {"1+1 bad_close_length", "0+3 close \"\""}},
    {"codes not for the wire",
     side::server,
     "88 02 03 ed",
     {"2+2 bad_close_code", "0+4 close 1005 \"\""}},
    {"code zero and a reason",
     side::server,
     "88 03 00 00 61",
     {"2+2 bad_close_code", "0+5 close 0 \"a\""}},
    {"a reason that is not UTF-8",
     side::server,
     "88 05 03 e8 61 ff 62",
     {"5+1 bad_close_reason_utf8", "0+7 close 1000 \"a\\xffb\""}},
    {"a reason that is cut",
     side::server,
     "88 04 03 e8 e2 82",
     {"5+1 bad_close_reason_utf8", "0+6 close 1000 \"\\xe2\\x82\""}},
    {"frames after Close",
     side::server,
     "88 00 89 00 81 01 61 88 00",
     {"0+2 close \"\"", "2+1 frame_after_close", "2+2 ping \"\"", "4+1 frame_after_close",
      "4+3 text \"a\"", "4+3 message text x1 \"a\"", "7+1 frame_after_close", "7+2 close \"\""}},
    {"a begun frame after Close",
     side::server,
     "88 00 81",
     {"0+2 close \"\"", "2+1 frame_after_close", "2+1 truncated_frame"}},
};

/// Source: RFC 6455 §8.1.
const decoder_case utf8_cases[] = {
    {"a character over two fragments",
     side::server,
     "01 01 c3 80 01 a4",
     {"0+3 text... \"\\xc3\"", "3+3 continuation \"\\xa4\"", "3+3 message text x2 \"\xC3\xA4\""}},
    {"an impossible octet, once per message",
     side::server,
     "81 04 61 ff 62 ff 81 01 ff",
     {"3+1 bad_utf8", "0+6 text \"a\\xffb\\xff\"", "0+6 message text x1 \"a\\xffb\\xff\"",
      "8+1 bad_utf8", "6+3 text \"\\xff\"", "6+3 message text x1 \"\\xff\""}},
    {"in an unfinished frame",
     side::server,
     "81 7e 03 e8 ed a0",
     {"5+1 bad_utf8", "0+6 truncated_frame"}},
    {"masked",
     side::client,
     "81 82 01 02 03 04 c2 c2",
     {"7+1 bad_utf8", "0+8 text masked \"\\xc3\\xc0\"", "0+8 message text x1 \"\\xc3\\xc0\""}},
    {"a message that ends in a character",
     side::server,
     "01 02 61 e2 00 00 80 00",
     {"0+4 text... \"a\\xe2\"", "4+2 continuation... \"\"", "7+1 bad_utf8", "6+2 continuation \"\"",
      "6+2 message text x3 \"a\\xe2\""}},
    {"binary may be anything",
     side::server,
     "82 01 ff",
     {"0+3 binary \"\\xff\"", "0+3 message binary x1 \"\\xff\""}},
    {"a ping between the halves",
     side::server,
     "01 01 c3 89 01 ff 80 01 a4",
     {"0+3 text... \"\\xc3\"", "3+3 ping \"\\xff\"", "6+3 continuation \"\\xa4\"",
      "6+3 message text x2 \"\xC3\xA4\""}},
};

/// Source: RFC 7692 §6, §7.2.
const decoder_case deflate_cases[] = {
    {"a compressed message and one that refers to it",
     side::deflating_server,
     "c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00",
     {"0+9 text rsv4 \"\\xf2H\\xcd\\xc9\\xc9\\x07\\x00\"", "0+9 message text deflated x1 \"Hello\"",
      "9+7 text rsv4 \"\\xf2\\x00\\x11\\x00\\x00\"", "9+7 message text deflated x1 \"Hello\""}},
    {"compressed fragments with a ping",
     side::deflating_server,
     "41 03 f2 48 cd 89 00 80 04 c9 c9 07 00",
     {"0+5 text... rsv4 \"\\xf2H\\xcd\"", "5+2 ping \"\"",
      "7+6 continuation \"\\xc9\\xc9\\x07\\x00\"", "7+6 message text deflated x2 \"Hello\""}},
    {"an uncompressed message between",
     side::deflating_server,
     "c2 01 00 81 01 61",
     {"0+3 binary rsv4 \"\\x00\"", "0+3 message binary deflated x1 \"\"", "3+3 text \"a\"",
      "3+3 message text x1 \"a\""}},
    {"RSV1 where it means nothing",
     side::deflating_server,
     "c9 00 01 00 c0 00 f9 00 c3 00",
     {"0+1 rsv1_on_control_frame", "0+2 ping rsv4 \"\"", "2+2 text... \"\"",
      "4+1 rsv1_on_continuation", "4+2 continuation rsv4 \"\"", "4+2 message text x2 \"\"",
      "6+1 rsv1_on_control_frame", "6+1 reserved_bit", "6+2 ping rsv7 \"\"", "8+1 reserved_bit",
      "8+1 reserved_opcode", "8+2 opcode-3 rsv4 \"\""}},
    {"bad data; the window is lost",
     side::deflating_server,
     "c1 01 07 c1 07 f2 48 cd c9 c9 07 00 81 01 61",
     {"2+1 bad_deflate_data", "0+3 text rsv4 \"\\x07\"",
      "3+9 text rsv4 \"\\xf2H\\xcd\\xc9\\xc9\\x07\\x00\"", "12+3 text \"a\"",
      "12+3 message text x1 \"a\""}},
    {"bad data; the next message begins anew",
     side::forgetful_server,
     "c1 01 07 c1 07 f2 48 cd c9 c9 07 00",
     {"2+1 bad_deflate_data", "0+3 text rsv4 \"\\x07\"",
      "3+9 text rsv4 \"\\xf2H\\xcd\\xc9\\xc9\\x07\\x00\"",
      "3+9 message text deflated x1 \"Hello\""}},
    {"no context takeover",
     side::forgetful_server,
     "c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00",
     {"0+9 text rsv4 \"\\xf2H\\xcd\\xc9\\xc9\\x07\\x00\"", "0+9 message text deflated x1 \"Hello\"",
      "11+5 bad_deflate_data", "9+7 text rsv4 \"\\xf2\\x00\\x11\\x00\\x00\""}},
    {"an empty payload is no deflated message",
     side::deflating_server,
     "c1 00",
     {"1+1 bad_deflate_data", "0+2 text rsv4 \"\""}},
    {"stored octets that are not UTF-8, in an unfinished frame",
     side::deflating_server,
     "c1 20 00 02 00 fd ff 61 ff",
     {"2+32 bad_utf8", "0+9 truncated_frame"}},
    {"inflated text that ends in a character",
     side::deflating_server,
     "c1 08 00 02 00 fd ff 61 e2 00",
     {"2+8 bad_utf8", "0+10 text rsv4 \"\\x00\\x02\\x00\\xfd\\xffa\\xe2\\x00\"",
      "0+10 message text deflated x1 \"a\\xe2\""}},
    {"an interrupted compressed message",
     side::deflating_server,
     "41 03 f2 48 cd c1 07 f2 48 cd c9 c9 07 00",
     {"0+5 text... rsv4 \"\\xf2H\\xcd\"", "5+1 missing_continuation",
      "5+9 text rsv4 \"\\xf2H\\xcd\\xc9\\xc9\\x07\\x00\""}},
};

TEST(websocket_decoder, frames_come_out_the_same_however_they_are_cut) {
  for (const decoder_case& test : frame_cases)
    expect_all_cuts(test);
}

TEST(websocket_decoder, close_frames_come_out_the_same_however_they_are_cut) {
  for (const decoder_case& test : close_cases)
    expect_all_cuts(test);
}

TEST(websocket_decoder, text_is_judged_at_the_first_impossible_octet) {
  for (const decoder_case& test : utf8_cases)
    expect_all_cuts(test);
}

TEST(websocket_decoder, compressed_messages_come_out_the_same_however_they_are_cut) {
  for (const decoder_case& test : deflate_cases)
    expect_all_cuts(test);
}

/// Each deviation is there as soon as the octet that proves it, not later.
TEST(websocket_decoder, a_deviation_is_reported_with_the_octet_that_proves_it) {
  struct early {
    side sender;
    const char* hex;  ///< its last octet is the proof
    wire_error error;
  };
  using enum wire_error;
  constexpr early cases[] = {
      {side::server, "91", reserved_bit},
      {side::server, "83", reserved_opcode},
      {side::server, "09", fragmented_control_frame},
      {side::server, "80", unexpected_continuation},
      {side::server, "01 00 81", missing_continuation},
      {side::deflating_server, "c9", rsv1_on_control_frame},
      {side::deflating_server, "01 00 c0", rsv1_on_continuation},
      {side::client, "81 00", unmasked_client_frame},
      {side::server, "81 80", masked_server_frame},
      {side::server, "88 00 81", frame_after_close},
      {side::server, "88 01", bad_close_length},
      {side::server, "82 7e 00 7d", non_minimal_length},
      {side::server, "82 7f 00 00 00 00 00 00", non_minimal_length},
      {side::server, "82 7f 80", length_high_bit},
      {side::server, "89 7e 01", control_frame_too_long},
      {side::server, "89 7e 00 7e", control_frame_too_long},
      {side::server, "89 7f 00 00 00 00 00 00 00 7e", control_frame_too_long},
      {side::server, "82 7f 00 00 00 00 00 01 11 71", message_too_large},
      {side::server, "88 02 03 ec", bad_close_code},
      {side::server, "88 7d 03 e8 80", bad_close_reason_utf8},
      {side::server, "81 7d f4 90", bad_utf8},
      {side::deflating_server, "c1 7d 07", bad_deflate_data},
  };
  for (const early& test : cases) {
    SCOPED_TRACE(test.hex);
    const octets wire = from_hex(test.hex).value();
    websocket_decoder decoder(settings_of(test.sender));
    std::vector<websocket_item> items;
    const auto seen = [&] {
      return std::ranges::any_of(items, [&](const websocket_item& item) {
        const auto* error = std::get_if<wire_error>(&item.what);
        return error != nullptr && *error == test.error;
      });
    };
    decoder.feed(octet_view(wire).substr(0, wire.size() - 1), items);
    EXPECT_FALSE(seen());
    decoder.feed(octet_view(wire).substr(wire.size() - 1), items);
    EXPECT_TRUE(seen());
  }
}

octets data_frame(opcode code, octets payload, bool fin, std::uint8_t rsv = 0) {
  websocket_frame frame;
  frame.code = code;
  frame.payload = std::move(payload);
  frame.fin = fin;
  frame.rsv = rsv;
  return encode(frame);
}

TEST(websocket_decoder, fragments_count_together_against_the_limit_of_a_message) {
  std::vector<websocket_item> items;
  websocket_decoder decoder(settings_of(side::server));
  decoder.feed(data_frame(opcode::binary, octets(50'000, 'x'), false), items);
  decoder.feed(data_frame(opcode::continuation, octets(30'000, 'x'), false), items);
  EXPECT_EQ(items.size(), 2U);
  items.clear();
  decoder.feed(data_frame(opcode::continuation, "y", true), items);
  decoder.feed("\x89", items);
  decoder.finish(items);
  EXPECT_EQ(describe(items), (strings{"80009+1 message_too_large"}));
}

TEST(websocket_decoder, a_message_of_exactly_the_limit_is_taken) {
  std::vector<websocket_item> items;
  websocket_decoder decoder(settings_of(side::server));
  decoder.feed(data_frame(opcode::binary, octets(70'000, 'x'), true), items);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(std::get<websocket_message>(items[1].what).data, octets(70'000, 'x'));
  items.clear();
  decoder.feed(data_frame(opcode::binary, octets(70'001, 'x'), true), items);
  EXPECT_EQ(describe(items), (strings{"70011+9 message_too_large"}));
}

TEST(websocket_decoder, a_bomb_is_stopped_at_the_limit_and_frames_go_on) {
  const octets bomb = deflater(15, false).deflate(octets(5'000'000, 'a'));
  std::vector<websocket_item> items;
  websocket_decoder decoder(settings_of(side::deflating_server));
  decoder.feed(data_frame(opcode::text, bomb, true, 4) + octets("\x89\x00", 2), items);
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0], (websocket_item{4, bomb.size(), wire_error::inflated_too_large}));
  EXPECT_TRUE(std::holds_alternative<websocket_frame>(items[1].what));
  EXPECT_EQ(describe({items[2]}), strings{std::to_string(4 + bomb.size()) + "+2 ping \"\""});
}

TEST(websocket_decoder, offsets_count_from_where_the_stream_became_websocket) {
  std::vector<websocket_item> items;
  websocket_decoder decoder(settings_of(side::server), 1000);
  decoder.feed(octets("\x81\x01\xFF", 3), items);
  EXPECT_EQ(describe(items), (strings{"1002+1 bad_utf8", "1000+3 text \"\\xff\"",
                                      "1000+3 message text x1 \"\\xff\""}));
}

TEST(websocket_decoder, a_declared_length_costs_no_memory_before_its_octets_come) {
  websocket_settings settings;
  settings.limits = {UINT64_MAX, UINT64_MAX};
  websocket_decoder decoder(settings);
  std::vector<websocket_item> items;
  decoder.feed(from_hex("82 7f 7f ff ff ff ff ff ff ff 61").value(), items);
  decoder.finish(items);
  EXPECT_EQ(describe(items), (strings{"0+11 truncated_frame"}));
}

/// Any octets, as every sender, cut anywhere.
RC_GTEST_PROP(websocket_decoder,
              any_octets_give_the_same_items_however_they_are_cut,
              (const std::string& noise, const std::vector<std::uint8_t>& steps)) {
  websocket_settings settings = settings_of(*rc::gen::element(
      side::server, side::client, side::deflating_server, side::forgetful_server));
  settings.limits = {300, 500};
  // Some structure, as noise alone seldom gets beyond the first frame.
  octets wire;
  for (std::size_t i = 0; i < noise.size(); i += 4) {
    const auto first = *rc::gen::element<int>(0x81, 0xC1, 0x01, 0x41, 0x00, 0x80, 0x89, 0x88, 0xC0);
    octets frame = encode({(first & 0x80) != 0,
                           static_cast<std::uint8_t>(first >> 4 & 7),
                           static_cast<opcode>(first & 15),
                           {},
                           {},
                           noise.substr(i, 4)});
    wire += frame;
  }
  wire += noise;
  std::vector<std::size_t> ends;
  std::size_t at = 0;
  for (const std::uint8_t step : steps) {
    at += step % 8;
    if (at < wire.size()) ends.push_back(at);
  }
  const auto whole = every_cut::decode<websocket_item>(websocket_decoder(settings), wire, {});
  const auto cut = every_cut::decode<websocket_item>(websocket_decoder(settings), wire, ends);
  RC_ASSERT(describe(cut) == describe(whole));
  RC_ASSERT(cut == whole);
}

using key_octets = std::array<std::uint8_t, 4>;

RC_GTEST_PROP(websocket_decoder,
              messages_that_were_encoded_are_decoded,
              (const std::vector<std::string>& texts, key_octets key, bool no_takeover)) {
  websocket_settings settings;
  settings.from_client = true;
  settings.deflate = deflate_parameters{no_takeover, no_takeover, 15, 9};
  deflater deflating(9, no_takeover);
  octets wire;
  std::vector<websocket_message> sent;
  for (const std::string& text : texts) {
    const bool compressed = *rc::gen::arbitrary<bool>();
    const octets payload = compressed ? deflating.deflate(text) : text;
    const auto fragments = *rc::gen::inRange<std::size_t>(1, 4);
    const std::size_t part = payload.size() / fragments;
    for (std::size_t i = 0; i < fragments; ++i) {
      websocket_frame frame;
      frame.fin = i + 1 == fragments;
      frame.rsv = compressed && i == 0 ? 4 : 0;
      frame.code = i == 0 ? opcode::binary : opcode::continuation;
      frame.mask = key;
      frame.payload = payload.substr(i * part, frame.fin ? octets::npos : part);
      wire += encode(frame);
    }
    sent.push_back({opcode::binary, text, compressed, fragments});
  }
  const auto step = *rc::gen::inRange<std::size_t>(1, 20);
  std::vector<std::size_t> ends;
  for (std::size_t at = step; at < wire.size(); at += step)
    ends.push_back(at);
  std::vector<websocket_message> got;
  for (const auto& item :
       every_cut::decode<websocket_item>(websocket_decoder(settings), wire, ends)) {
    RC_ASSERT(!std::holds_alternative<wire_error>(item.what));
    if (const auto* message = std::get_if<websocket_message>(&item.what)) got.push_back(*message);
  }
  RC_ASSERT(got == sent);
}

RC_GTEST_PROP(websocket_decoder,
              a_frame_that_was_encoded_is_decoded,
              (const std::string& payload)) {
  websocket_frame frame;
  frame.code = opcode::binary;
  frame.mask = *rc::gen::arbitrary<key_octets>();
  frame.payload =
      payload + octets(*rc::gen::element<std::size_t>(0, 125, 126, 65'535, 65'536), 'x');
  const octets wire = encode(frame);
  frame.form = frame.payload.size() < 126      ? length_form::seven_bit
               : frame.payload.size() < 65'536 ? length_form::sixteen_bit
                                               : length_form::sixty_four_bit;
  websocket_settings settings;
  settings.from_client = true;
  const auto items = every_cut::decode<websocket_item>(
      websocket_decoder(settings), wire, {*rc::gen::inRange<std::size_t>(0, wire.size() + 1)});
  RC_ASSERT(items.size() == 2U);
  RC_ASSERT(items[0] == (websocket_item{0, wire.size(), frame}));
}

}  // namespace
}  // namespace halley::wire
