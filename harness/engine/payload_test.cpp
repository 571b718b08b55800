#include "engine/payload.hpp"

#include "base/bytes.hpp"
#include "engine/environment.hpp"
#include "scenario/value.hpp"
#include "wire/utf8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <utility>

namespace halley::engine {
namespace {

using scenario::value;

value text(octets of) {
  return value{std::move(of), {}};
}
value number(std::int64_t of) {
  return value{of, {}};
}
value map(std::initializer_list<scenario::named_value> entries) {
  return value{scenario::value_map(entries), {}};
}
value list(std::initializer_list<value> elements) {
  return value{scenario::value_list(elements), {}};
}
value patterned(const octets& name, value size) {
  return map({{"pattern", text(name)}, {"size", std::move(size)}});
}

TEST(payload, every_form_stands_for_its_octets) {
  struct row {
    value written;
    octets wanted;
  };
  const row rows[] = {
      {text(""), ""},
      {number(42), "42"},
      {value{true, {}}, "true"},
      {value{}, ""},
      {map({{"text", text("x")}}), "x"},
      {map({{"hex", text("00 ff\n7F")}}), octets("\0\xff\x7f", 3)},
      {map({{"base64", text("AP8=")}}), octets("\0\xff", 2)},
      {list({text("a"), map({{"hex", text("62")}}), number(3)}), "ab3"},
      {map({{"concat", list({text("a"), list({text("b")})})}}), "ab"},
      {map({{"repeat", text("ab")}, {"count", number(3)}}), "ababab"},
      {map({{"repeat", text("ab")}, {"count", number(0)}}), ""},
      {map({{"repeat", text("ab")}}), "ab"},
      {patterned("zero", number(3)), octets(3, '\0')},
      {patterned("counter", number(4)), octets("\0\1\2\3", 4)},
      {patterned("ascii", number(3)), " !\""},
      {patterned("utf8", number(4)), "aé."},
      {map({{"pattern", text("zero")}}), ""},
  };
  for (const auto& one : rows)
    EXPECT_EQ(to_octets(one.written), one.wanted) << scenario::to_text(one.written);
}

TEST(payload, patterns_have_exactly_the_size_that_was_asked_for) {
  for (const char* pattern : {"zero", "counter", "ascii", "utf8", "prng"})
    for (const std::int64_t size : {0, 1, 2, 3, 125, 126, 65536}) {
      const auto made = to_octets(patterned(pattern, number(size)));
      EXPECT_EQ(made.size(), static_cast<std::size_t>(size)) << pattern;
    }
  EXPECT_EQ(to_octets(patterned("zero", text("2KiB"))).size(), 2048U);
}

TEST(payload, text_patterns_are_what_they_say) {
  for (std::int64_t size = 0; size < 40; ++size) {
    EXPECT_TRUE(wire::is_utf8(to_octets(patterned("utf8", number(size))))) << size;
  }
  const auto ascii = to_octets(patterned("ascii", number(500)));
  EXPECT_TRUE(std::ranges::all_of(ascii, [](char c) { return c >= ' ' && c <= '~'; }));
}

TEST(payload, random_octets_depend_on_the_seed_alone) {
  const auto seeded = [](std::int64_t seed) {
    return to_octets(
        map({{"pattern", text("prng")}, {"size", number(64)}, {"seed", number(seed)}}));
  };
  EXPECT_EQ(seeded(1), seeded(1));
  EXPECT_NE(seeded(1), seeded(2));
}

TEST(payload, what_makes_no_sense_is_told) {
  const value wrong[] = {
      map({}),
      map({{"hex", text("0")}}),
      map({{"hex", text("zz")}}),
      map({{"base64", text("A")}}),
      map({{"pattern", text("noise")}, {"size", number(1)}}),
      map({{"pattern", text("zero")}, {"size", number(-1)}}),
      map({{"pattern", text("zero")}, {"size", text("1KB")}}),
      map({{"repeat", text("a")}, {"count", number(-1)}}),
      map({{"repeat", text("a")}, {"count", text("many")}}),
      map({{"concat", text("a")}}),
  };
  for (const auto& one : wrong)
    EXPECT_THROW(to_octets(one), bad_expression) << scenario::to_text(one);
}

TEST(payload, no_value_describes_more_than_the_limit) {
  const auto over = static_cast<std::int64_t>(payload_limit) + 1;
  const auto half = patterned("zero", text("33MiB"));
  const value too_much[] = {
      patterned("zero", number(over)),
      patterned("prng", text("1000GiB")),
      map({{"repeat", text("a")}, {"count", number(over)}}),
      map({{"repeat", text("")}, {"count", number(std::numeric_limits<std::int64_t>::max())}}),
      map({{"repeat", patterned("zero", text("4KiB"))}, {"count", number(std::int64_t{1} << 52)}}),
      list({half, half}),
  };
  for (const auto& one : too_much)
    EXPECT_THROW(to_octets(one), bad_expression) << scenario::to_text(one);
}

}  // namespace
}  // namespace halley::engine
