#include "base/ascii.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace halley::ascii {
namespace {

TEST(ascii, tokens_are_those_of_rfc_9110) {
  EXPECT_TRUE(is_token("Sec-WebSocket-Key"));
  EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09az"));
  for (const octet_view bad : {"", "a b", "a:", "a\"", "(x)", "a,b", "\x80"})
    EXPECT_FALSE(is_token(bad)) << bad;
}

TEST(ascii, folding_touches_only_letters) {
  EXPECT_TRUE(iequals("WebSocket", "websocket"));
  EXPECT_FALSE(iequals("[", "{"));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_EQ(to_lower(octet_view("A-Z\xC4")), "a-z\xC4");
}

TEST(ascii, lists_drop_empty_elements_and_respect_quotes) {
  EXPECT_EQ(list_elements(" a ,, b;x=\"1,2\" ,"), (std::vector<octets>{"a", "b;x=\"1,2\""}));
  EXPECT_EQ(list_elements("\"a\\\",b\", c"), (std::vector<octets>{"\"a\\\",b\"", "c"}));
  EXPECT_TRUE(list_elements("").empty());
  EXPECT_TRUE(list_elements(" , ").empty());
}

TEST(ascii, a_token_is_found_whole_or_not_at_all) {
  EXPECT_TRUE(list_has_token("keep-alive, Upgrade", "upgrade"));
  EXPECT_FALSE(list_has_token("upgrades", "upgrade"));
  EXPECT_FALSE(list_has_token("", "upgrade"));
}

TEST(ascii, digits_and_blanks) {
  EXPECT_EQ(hex_digit('F'), 15);
  EXPECT_EQ(hex_digit('a'), 10);
  EXPECT_EQ(hex_digit('g'), -1);
  EXPECT_EQ(trim_blank(" \t x y\t"), "x y");
  EXPECT_EQ(trim_blank("\r"), "\r");
  EXPECT_TRUE(is_control('\x7F'));
  EXPECT_FALSE(is_control('\x80'));
}

}  // namespace
}  // namespace halley::ascii
