#include "wire/utf8.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <string>

namespace halley::wire {
namespace {

struct utf8_case {
  const char* hex;
  std::size_t good;  ///< octets up to the first impossible one
  bool complete;     ///< at that place
  const char* replaced;
};

constexpr utf8_case cases[] = {
    {"", 0, true, ""},
    {"00 41 7f", 3, true, "00417f"},
    {"c2 80 df bf", 4, true, "c280dfbf"},
    {"e0 a0 80 ed 9f bf ee 80 80 ef bf bf", 12, true, "e0a080ed9fbfee8080efbfbf"},
    {"f0 90 80 80 f4 8f bf bf", 8, true, "f0908080f48fbfbf"},
    // An octet that can begin nothing.
    {"41 80", 1, true, "41efbfbd"},
    {"c0 af", 0, true, "efbfbdefbfbd"},
    {"c1 81", 0, true, "efbfbdefbfbd"},
    {"f5 80 80 80", 0, true, "efbfbdefbfbdefbfbdefbfbd"},
    {"ff", 0, true, "efbfbd"},
    // Overlong forms, surrogates and too large numbers fail at the second octet.
    {"e0 9f 80", 1, false, "efbfbdefbfbdefbfbd"},
    {"f0 8f bf bf", 1, false, "efbfbdefbfbdefbfbdefbfbd"},
    {"ed a0 80", 1, false, "efbfbdefbfbdefbfbd"},
    {"f4 90 80 80", 1, false, "efbfbdefbfbdefbfbdefbfbd"},
    // A sequence that is broken off: one replacement for all of it.
    {"c3 28", 1, false, "efbfbd28"},
    {"e2 82 41", 2, false, "efbfbd41"},
    {"f0 9f 98 e2 82 ac", 3, false, "efbfbde282ac"},
    {"e2 82", 2, false, "efbfbd"},
    {"41 42 43 44 45 46 47 48 49 f0 9f", 11, false, "414243444546474849efbfbd"},
    {"41 42 43 44 45 46 47 48 49 f0 ff 41", 10, false, "414243444546474849efbfbdefbfbd41"},
};

TEST(utf8, fails_at_the_first_impossible_octet_however_the_input_is_cut) {
  for (const utf8_case& test : cases) {
    SCOPED_TRACE(test.hex);
    const octets text = from_hex(test.hex).value();
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      utf8_validator validator;
      std::size_t good = validator.feed(octet_view(text).substr(0, cut));
      if (good == cut) good += validator.feed(octet_view(text).substr(cut));
      EXPECT_EQ(good, test.good) << "cut at " << cut;
      EXPECT_EQ(validator.complete(), test.complete) << "cut at " << cut;
    }
    EXPECT_EQ(is_utf8(text), test.good == text.size() && test.complete);
  }
}

TEST(utf8, replaces_each_maximal_part_that_is_no_character) {
  for (const utf8_case& test : cases)
    EXPECT_EQ(to_hex(with_replacements(from_hex(test.hex).value())), test.replaced) << test.hex;
}

TEST(utf8, a_reset_validator_begins_a_new_text) {
  utf8_validator validator;
  EXPECT_EQ(validator.feed("\xF4"), 1U);
  validator.reset();
  EXPECT_TRUE(validator.complete());
  EXPECT_EQ(validator.feed("a"), 1U);
}

/// Every code point, encoded by the definition of RFC 3629 §3, is accepted, and no surrogate.
TEST(utf8, accepts_every_scalar_value_and_nothing_else) {
  for (unsigned code = 0; code <= 0x110000; ++code) {
    octets text;
    const auto put = [&](unsigned octet) { text += static_cast<char>(octet); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0U | code >> 6U);
    } else if (code < 0x10000) {
      put(0xE0U | code >> 12U);
      put(0x80U | (code >> 6U & 0x3FU));
    } else {
      put(0xF0U | code >> 18U);
      put(0x80U | (code >> 12U & 0x3FU));
      put(0x80U | (code >> 6U & 0x3FU));
    }
    if (code >= 0x80) put(0x80U | (code & 0x3FU));
    const bool scalar = code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
    ASSERT_EQ(is_utf8(text), scalar) << std::hex << code;
  }
}

RC_GTEST_PROP(utf8, replacing_gives_utf8_and_leaves_utf8_alone, (const std::string& text)) {
  const octets replaced = with_replacements(text);
  RC_ASSERT(is_utf8(replaced));
  RC_ASSERT(with_replacements(replaced) == replaced);
  RC_ASSERT(!is_utf8(text) || replaced == text);
}

}  // namespace
}  // namespace halley::wire
