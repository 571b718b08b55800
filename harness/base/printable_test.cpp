#include "base/printable.hpp"

#include <gtest/gtest.h>

#include <string>

namespace halley {
namespace {

using namespace std::string_literals;

TEST(printable, terminal_escapes_do_not_survive) {
  EXPECT_EQ(printable("\x1b[2Jred\x07"), "\\x1b[2Jred\\x07");
  EXPECT_EQ(printable("\xC2\x9B[2J"), "\\xc2\\x9b[2J");         // C1 CSI in UTF-8
  EXPECT_EQ(printable("\x9B[2J"), "\\x9b[2J");                  // and as a bare octet
  EXPECT_EQ(printable("a\xE2\x80\xAEz"), "a\\xe2\\x80\\xaez");  // right-to-left override
}

TEST(printable, lines_stay_one_line_and_text_stays_text) {
  EXPECT_EQ(printable("a\r\n\tb\\"), "a\\r\\n\\tb\\\\");
  EXPECT_EQ(printable("grüße ☄ 😀"), "grüße ☄ 😀");
}

TEST(printable, broken_utf8_is_shown_as_octets) {
  EXPECT_EQ(printable("\xC0\x80"), "\\xc0\\x80");
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(printable("\xF0\x9F\x98"), "\\xf0\\x9f\\x98");
}

TEST(printable, long_text_is_cut_and_says_so) {
  EXPECT_EQ(printable(std::string(300, 'x'), 3), "xxx…");
  EXPECT_EQ(printable("xxx", 3), "xxx");
}

}  // namespace
}  // namespace halley
