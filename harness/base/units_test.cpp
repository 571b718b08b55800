#include "base/units.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace halley {
namespace {

using namespace std::chrono_literals;

TEST(units, a_duration_is_a_number_and_a_unit) {
  EXPECT_EQ(parse_duration("2s"), 2s);
  EXPECT_EQ(parse_duration("0ms"), 0s);
  EXPECT_EQ(parse_duration("1.5ms"), 1500us);
  EXPECT_EQ(parse_duration("250us"), 250us);
  EXPECT_EQ(parse_duration("10m"), 10min);
  EXPECT_EQ(parse_duration("0.000001us"), 0s);  // below a nanosecond
  EXPECT_EQ(parse_duration("0.25m"), 15s);
}

TEST(units, what_is_no_duration_is_nothing) {
  for (const auto* bad : {"", "2", "s", "2 s", "-1s", "2sec", "2S", ".5s", "1.s", "1e3s", "2s ",
                          "9223372037s", "153722868m", "99999999999999999999s", "${x}s"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
  EXPECT_TRUE(parse_duration("9223372036s"));
}

TEST(units, a_size_is_a_number_of_octets_or_has_a_unit) {
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("1B"), 1U);
  EXPECT_EQ(parse_size("64KiB"), 65536U);
  EXPECT_EQ(parse_size("1MiB"), 1048576U);
  EXPECT_EQ(parse_size("1GiB"), 1073741824U);
  EXPECT_EQ(parse_size("18446744073709551615"), UINT64_MAX);
  for (const auto* bad :
       {"", "KiB", "-1", "1 KiB", "1KB", "1.5KiB", "18446744073709551616", "17179869184GiB"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

RC_GTEST_PROP(units, whole_durations_are_exact, (std::uint32_t number)) {
  RC_ASSERT(parse_duration(std::to_string(number) + "us") == std::chrono::microseconds(number));
  RC_ASSERT(parse_duration(std::to_string(number) + "ms") == std::chrono::milliseconds(number));
}

TEST(units, a_text_is_in_the_largest_unit_that_fits) {
  EXPECT_EQ(duration_text(0s), "0s");
  EXPECT_EQ(duration_text(1500ms), "1500ms");
  EXPECT_EQ(duration_text(120s), "2m");
  EXPECT_EQ(duration_text(1005ns), "1.005us");
  EXPECT_EQ(size_text(0), "0");
  EXPECT_EQ(size_text(1000), "1000");
  EXPECT_EQ(size_text(65536), "64KiB");
}

RC_GTEST_PROP(units, what_is_written_is_read_back, (std::uint64_t number)) {
  const std::chrono::nanoseconds length(static_cast<std::int64_t>(number >> 1U));
  RC_ASSERT(parse_duration(duration_text(length)) == length);
  RC_ASSERT(parse_size(size_text(number)) == number);
}

}  // namespace
}  // namespace halley
