#include "capture/tcp_frame.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace halley::capture {
namespace {

constexpr ip_endpoint client{.address = 0x7F000001, .port = 40000};
constexpr ip_endpoint server{.address = 0x0A000002, .port = 80};

TEST(tcp_frame, an_endpoint_is_written_as_address_and_port) {
  EXPECT_EQ(to_string(client), "127.0.0.1:40000");
  EXPECT_EQ(to_string(server), "10.0.0.2:80");
}

TEST(tcp_frame, a_syn_has_its_options_and_checksums) {
  const tcp_frame syn{
      .from = client, .to = server, .seq = 0x01020304, .ack = 0, .flags = tcp_syn_flag, .data = {}};
  // Both checksums (b1c5, 5a7f) were worked out apart from this code.
  EXPECT_EQ(to_hex(encode(syn, true)), to_hex(*from_hex(R"(
      020000000002 020000000001 0800
      4500 0030 0000 4000 4006 b1c5 7f000001 0a000002
      9c40 0050 01020304 00000000 7002 ffff 5a7f 0000
      0204 05b4 01 030307)")));
}

RC_GTEST_PROP(tcp_frame, what_is_encoded_is_parsed, (const std::string& data)) {
  const tcp_frame sent{.from = client,
                       .to = server,
                       .seq = *rc::gen::arbitrary<std::uint32_t>(),
                       .ack = *rc::gen::arbitrary<std::uint32_t>(),
                       .flags = *rc::gen::inRange<std::uint8_t>(0, 64),
                       .data = data};
  const octets frame = encode(sent, true);
  // Ethernet pads short packets: that is no data.
  for (const octets& form : {frame, frame + octets(6, '\0')}) {
    const auto got = parse(form);
    RC_ASSERT(got.has_value());
    RC_ASSERT(got->from == sent.from);
    RC_ASSERT(got->to == sent.to);
    RC_ASSERT(got->seq == sent.seq);
    RC_ASSERT(got->ack == sent.ack);
    RC_ASSERT(got->flags == sent.flags);
    RC_ASSERT(got->data == data);
    RC_ASSERT(got->checksums_right);
  }
}

TEST(tcp_frame, one_wrong_bit_breaks_a_checksum_or_is_no_segment) {
  const tcp_frame sent{.from = client, .to = server, .data = "hello"};
  const octets frame = encode(sent, true);
  for (std::size_t i = 14; i < frame.size(); ++i) {
    octets wrong = frame;
    wrong[i] = static_cast<char>(wrong[i] ^ 0x10);
    const auto got = parse(wrong);
    EXPECT_TRUE(!got || !got->checksums_right) << i;
  }
}

TEST(tcp_frame, a_frame_that_is_cut_short_is_no_segment) {
  const tcp_frame sent{.from = client, .to = server, .data = "hello"};
  const octets frame = encode(sent, false);
  for (std::size_t size = 0; size < frame.size(); ++size) {
    const octets cut(frame.data(), size);
    EXPECT_FALSE(parse(cut).has_value()) << size;
  }
}

}  // namespace
}  // namespace halley::capture
