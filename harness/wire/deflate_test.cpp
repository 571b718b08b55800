#include "wire/deflate.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/random.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::wire {
namespace {

constexpr std::size_t no_limit = SIZE_MAX;
using outcome = inflater::outcome;

octets bytes(octet_view hex) {
  return from_hex(hex).value();
}

TEST(deflate, reads_the_parameters_of_an_extension_element) {
  const auto plain = parse_deflate("permessage-deflate");
  ASSERT_TRUE(plain);
  EXPECT_EQ(*plain, deflate_parameters());
  const auto full = parse_deflate(
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover;"
      "server_max_window_bits=8; client_max_window_bits=\"10\"");
  ASSERT_TRUE(full);
  EXPECT_EQ(*full, (deflate_parameters{true, true, 8, 10}));
  const auto offer = parse_deflate("permessage-deflate; client_max_window_bits");
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->client_max_window_bits, 15);
  for (const char* bits : {"8", "9", "10", "11", "12", "13", "14", "15"}) {
    const auto read = parse_deflate(octets("permessage-deflate;server_max_window_bits=") + bits);
    ASSERT_TRUE(read) << bits;
    EXPECT_EQ(std::to_string(read->server_max_window_bits), bits);
  }
}

TEST(deflate, refuses_unknown_repeated_and_out_of_range_parameters) {
  for (const octet_view bad :
       {"", "x-webkit-deflate-frame", "permessage-deflate; foo", "permessage-deflate;",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=08",
        "permessage-deflate; server_max_window_bits=1",
        "permessage-deflate; client_max_window_bits=+9",
        "permessage-deflate; client_max_window_bits=",
        "permessage-deflate; client_max_window_bits=100",
        "permessage-deflate; server_no_context_takeover=true",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_max_window_bits=9; client_max_window_bits=9"})
    EXPECT_FALSE(parse_deflate(bad)) << bad;
}

/// The examples of RFC 7692 §7.2.3; the later ones go on with the same window.
TEST(deflate, inflates_the_examples_of_rfc_7692) {
  struct example {
    const char* hex;
    const char* text;
  };
  constexpr example examples[] = {
      {"f2 48 cd c9 c9 07 00", "Hello"},                    // §7.2.3.1
      {"f2 00 11 00 00", "Hello"},                          // §7.2.3.2, refers to the first
      {"00 05 00 fa ff 48 65 6c 6c 6f 00", "Hello"},        // §7.2.3.3, no compression
      {"f3 48 cd c9 c9 07 00 00", "Hello"},                 // §7.2.3.4, BFINAL
      {"f2 00 11 00 00", "Hello"},                          // the window outlives BFINAL
      {"f2 48 05 00 00 00 ff ff ca c9 c9 07 00", "Hello"},  // §7.2.3.5, two blocks
      {"00", ""},                                           // §7.2.3.6
      {"02 00", ""},
  };
  inflater whole(15, false);
  inflater single(15, false);
  for (const auto& [hex, text] : examples) {
    SCOPED_TRACE(hex);
    octets out;
    EXPECT_EQ(whole.inflate(bytes(hex), true, no_limit, out), outcome::ok);
    EXPECT_EQ(out, text);
    octets slow;
    for (const char octet : bytes(hex))
      EXPECT_EQ(single.inflate(octet_view(&octet, 1), false, no_limit, slow), outcome::ok);
    EXPECT_EQ(single.inflate({}, true, no_limit, slow), outcome::ok);
    EXPECT_EQ(slow, text);
  }
}

TEST(deflate, without_context_takeover_the_window_is_forgotten) {
  inflater forgetful(15, true);
  octets out;
  EXPECT_EQ(forgetful.inflate(bytes("f248cdc9c90700"), true, no_limit, out), outcome::ok);
  EXPECT_EQ(forgetful.inflate(bytes("f200110000"), true, no_limit, out), outcome::bad_data);
}

TEST(deflate, what_does_not_end_on_a_block_border_is_bad) {
  for (const octet_view bad : {"", "f2", "f248cdc9", "f248cdc9c907", "f348cdc9c90700", "07",
                               "f248cdc9c907000000ffff", "0005", "ff"}) {
    inflater fresh(15, false);
    octets out;
    EXPECT_EQ(fresh.inflate(bytes(bad), true, no_limit, out), outcome::bad_data) << bad;
    EXPECT_EQ(fresh.inflate(bytes("00"), true, no_limit, out), outcome::bad_data) << bad;
  }
}

TEST(deflate, a_final_empty_block_may_be_the_last) {
  inflater fresh(15, false);
  octets out;
  EXPECT_EQ(fresh.inflate(bytes("01"), true, no_limit, out), outcome::ok);
  EXPECT_EQ(fresh.inflate(bytes("f248cdc9c90700"), true, no_limit, out), outcome::ok);
  EXPECT_EQ(out, "Hello");
}

TEST(deflate, a_bomb_is_stopped_at_the_limit_and_allocates_no_more) {
  constexpr std::size_t limit = 1'000'000;
  octets zeros;
  zeros.resize(20'000'000);
  const octets bomb = deflater(15, false).deflate(zeros);
  ASSERT_LT(bomb.size(), 30'000U);
  inflater fresh(15, false);
  octets out;
  EXPECT_EQ(fresh.inflate(bomb, true, limit, out), outcome::too_large);
  EXPECT_EQ(out.size(), limit);
  EXPECT_LE(out.capacity(), limit + std::size_t{16} * 1024);
}

TEST(deflate, a_message_of_exactly_the_limit_is_not_too_large) {
  for (const std::size_t size : {0U, 1U, 100U, 16383U, 16384U, 16385U, 100'000U}) {
    SCOPED_TRACE(size);
    const octets message(size, 'x');
    const octets wire = deflater(15, false).deflate(message);
    octets out;
    EXPECT_EQ(inflater(15, false).inflate(wire, true, size, out), outcome::ok);
    EXPECT_EQ(out, message);
    if (size == 0) continue;
    octets short_one;
    EXPECT_EQ(inflater(15, false).inflate(wire, true, size - 1, short_one), outcome::too_large);
    EXPECT_EQ(short_one.size(), size - 1);
  }
}

TEST(deflate, many_final_blocks_cost_no_more_than_their_octets) {
  // Each is an empty block with fixed codes and BFINAL; copying the window for each would take
  // minutes.
  octets wire;
  for (int i = 0; i < 1'000'000; ++i)
    wire += octets("\x03\x00", 2);
  wire += '\0';
  octets out;
  EXPECT_EQ(inflater(15, false).inflate(wire, true, 10, out), outcome::ok);
  EXPECT_TRUE(out.empty());
}

/// A window of 256 octets: no distance may be larger. Two random halves of 300 octets, the second
/// equal to the first.
TEST(deflate, a_deflater_of_the_smallest_window_never_refers_farther_back) {
  const octets half = random_source(1).bytes(300);
  EXPECT_GT(deflater(8, false).deflate(half + half).size(), 600U);
  EXPECT_LT(deflater(15, false).deflate(half + half).size(), 400U);
}

RC_GTEST_PROP(deflate,
              what_was_deflated_is_inflated_again,
              (const std::vector<std::string>& texts, bool no_takeover, std::uint8_t window)) {
  const int bits = 8 + window % 8;
  deflater out_bound(bits, no_takeover);
  inflater in_bound(bits, no_takeover);
  for (const std::string& text : texts) {
    const auto times = *rc::gen::inRange<std::size_t>(0, 300);
    octets message;
    for (std::size_t i = 0; i < times; ++i)
      message += text;
    const octets wire = out_bound.deflate(message);
    const auto cut = *rc::gen::inRange<std::size_t>(0, wire.size() + 1);
    octets result;
    RC_ASSERT(in_bound.inflate(octet_view(wire).substr(0, cut), false, no_limit, result) ==
              outcome::ok);
    RC_ASSERT(in_bound.inflate(octet_view(wire).substr(cut), true, no_limit, result) ==
              outcome::ok);
    RC_ASSERT(result == message);
  }
}

RC_GTEST_PROP(deflate,
              any_octets_give_the_same_outcome_in_one_piece_and_octet_by_octet,
              (const std::string& noise)) {
  inflater whole(15, false);
  inflater single(15, false);
  octets fast;
  octets slow;
  const outcome expected = whole.inflate(noise, true, 1000, fast);
  outcome got = outcome::ok;
  for (std::size_t i = 0; i < noise.size() && got == outcome::ok; ++i)
    got = single.inflate(octet_view(noise).substr(i, 1), false, 1000, slow);
  if (got == outcome::ok) got = single.inflate({}, true, 1000, slow);
  RC_ASSERT(got == expected);
  RC_ASSERT(slow == fast);
}

}  // namespace
}  // namespace halley::wire
