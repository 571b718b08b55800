#include "engine/value_match.hpp"

#include "base/bytes.hpp"
#include "engine/environment.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

namespace halley::engine {
namespace {

using op = scenario::match::op;
using scenario::value;

value text(octets of) {
  return value{std::move(of), {}};
}
value number(std::int64_t of) {
  return value{of, {}};
}
value list(std::initializer_list<value> elements) {
  return value{scenario::value_list(elements), {}};
}
value hex(octets of) {
  return value{scenario::value_map{{"hex", text(std::move(of))}}, {}};
}

constexpr const char* sha_of_abc =
    "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";

TEST(value_match, every_comparison_holds_the_whole_value) {
  struct row {
    op how;
    value operand;
    std::optional<octets> got;
    bool fits;
  };
  const row rows[] = {
      {op::equals, text("abc"), "abc", true},
      {op::equals, text("abc"), "abcd", false},
      {op::equals, text("abc"), "ABC", false},
      {op::equals, number(426), "426", true},
      {op::equals, value{true, {}}, "true", true},
      {op::equals, hex("00ff"), octets("\0\xff", 2), true},
      {op::equals, text(""), "", true},
      {op::equals, text(""), std::nullopt, false},
      {op::icase, text("Upgrade"), "uPGRADE", true},
      {op::icase, text("Upgrade"), "upgrades", false},
      {op::token, text("upgrade"), "keep-alive, Upgrade", true},
      {op::token, text("upgrade"), "keep-alive, upgraded", false},
      {op::contains, text("b"), "abc", true},
      {op::contains, hex("ff"), "a\xff z", true},
      {op::contains, text("x"), "abc", false},
      {op::matches, text("^a.c$"), "abc", true},
      {op::matches, text("^(?!.*b)"), "abc\n", false},
      {op::matches, text("^c"), "ab\nc", false},
      {op::matches, text("^a$"), "abc", false},
      {op::any_of, list({number(200), text("204")}), "204", true},
      {op::any_of, list({number(200), text("204")}), "20", false},
      {op::any_of, list({}), "", false},
      {op::between, list({number(200), number(299)}), "200", true},
      {op::between, list({number(200), number(299)}), "299", true},
      {op::between, list({number(200), number(299)}), "300", false},
      {op::between, list({number(200), number(299)}), "2xx", false},
      {op::between, list({number(200), number(299)}), "", false},
      {op::between, list({number(0), number(9)}), "99999999999999999999999", false},
      {op::sha256, text(sha_of_abc), "abc", true},
      {op::sha256, text(sha_of_abc), "abd", false},
      {op::present, {}, "", true},
      {op::present, {}, std::nullopt, false},
      {op::absent, {}, std::nullopt, true},
      {op::absent, {}, "", false},
  };
  for (const auto& one : rows)
    EXPECT_EQ(satisfies(one.got, {one.how, one.operand}), one.fits)
        << describe({one.how, one.operand}) << " against " << one.got.value_or("nothing");
}

TEST(value_match, an_operand_that_makes_no_sense_is_told) {
  const scenario::match wrong[] = {
      {op::matches, text("(")},
      {op::any_of, text("a")},
      {op::between, number(1)},
      {op::between, list({number(1)})},
      {op::between, list({text("a"), text("b")})},
      {op::icase, list({})},
  };
  for (const auto& one : wrong)
    EXPECT_THROW(satisfies("1", one), bad_expression) << describe(one);
}

TEST(value_match, a_regular_expression_that_explodes_is_given_up) {
  // Ends soon, whatever it says.
  EXPECT_FALSE(satisfies(octets(200, 'a') + "b", {op::matches, text("^(a+)+$")}));
}

TEST(value_match, a_regular_expression_looks_at_the_first_64_kib) {
  const octets front(64U * 1024U - 1, 'a');
  EXPECT_TRUE(satisfies(front + "x", {op::matches, text("x")}));
  EXPECT_FALSE(satisfies(front + "ax", {op::matches, text("x")}));
}

TEST(value_match, descriptions_are_short_and_printable) {
  const scenario::match shown[] = {
      {op::equals, text("\x1b[31m\r\n")},
      {op::icase, text("\x7f")},
      {op::token, text("\x01")},
      {op::contains, hex("1b")},
      {op::matches, text("\x9b")},
      {op::any_of, list({text("\n"), text("\x1b")})},
      {op::between, list({number(1), number(2)})},
      {op::equals, text(octets(5000, '\n'))},
  };
  for (const auto& one : shown) {
    const auto said = describe(one);
    EXPECT_TRUE(std::ranges::none_of(said, [](char c) { return c >= 0 && c < ' '; })) << said;
    EXPECT_EQ(said.find('\x7f'), std::string::npos);
    EXPECT_LT(said.size(), 200U);
  }
  EXPECT_EQ(describe({op::token, text("websocket")}), "token websocket");
  EXPECT_EQ(describe({op::equals, hex("00ff")}), "2 octets 00 ff");
}

}  // namespace
}  // namespace halley::engine
