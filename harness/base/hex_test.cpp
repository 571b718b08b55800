#include "base/hex.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace halley {
namespace {

using namespace std::string_literals;

TEST(hex, octets_become_two_digits_each) {
  EXPECT_EQ(to_hex("\x00\xFFg"s), "00ff67");
  EXPECT_EQ(to_spaced_hex("abc", 2), "61 62 …");
  EXPECT_EQ(to_spaced_hex("ab", 2), "61 62");
}

TEST(hex, reading_refuses_what_is_no_hex) {
  EXPECT_EQ(from_hex("00 fF\n67"), "\x00\xFFg"s);
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0x"));
}

TEST(hex, base64_is_strict) {
  EXPECT_EQ(to_base64("the sample nonce"), "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(from_base64("dGhlIHNhbXBsZSBub25jZQ=="), "the sample nonce");
  for (const octet_view bad : {"dGhl ", "dGhlI", "====", "dGh=aaaa", "dGhlIHNhbXBsZSBub25jZR=="})
    EXPECT_FALSE(from_base64(bad)) << bad;
}

RC_GTEST_PROP(hex, what_was_written_is_read_back, (const std::string& data)) {
  RC_ASSERT(from_hex(to_hex(data)) == data);
  RC_ASSERT(from_base64(to_base64(data)) == data);
}

}  // namespace
}  // namespace halley
