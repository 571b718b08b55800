#include "capture/packet_time.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>

namespace halley::capture {
namespace {

using std::chrono::nanoseconds;

constexpr auto most = std::numeric_limits<std::uint64_t>::max();
constexpr nanoseconds latest{static_cast<std::int64_t>(latest_time)};

TEST(packet_time, is_seconds_and_nanoseconds) {
  EXPECT_EQ(packet_time(0, 0), nanoseconds(0));
  EXPECT_EQ(packet_time(1'700'000'000, 999'999'999), nanoseconds(1'700'000'000'999'999'999));
  EXPECT_EQ(nanoseconds_of(1'700'000'000'000'001, 1000), 1'700'000'000'000'001'000U);
}

TEST(packet_time, ends_where_two_may_still_be_subtracted) {
  EXPECT_EQ(packet_time(most, most), latest);
  EXPECT_EQ(packet_time(0, most), latest);
  EXPECT_EQ(packet_time(most, 0), latest);
  EXPECT_EQ(packet_time(0, latest_time), latest);
  EXPECT_EQ(nanoseconds_of(most, 1), latest_time);
  EXPECT_EQ(nanoseconds_of(most, most), latest_time);
  EXPECT_LT(nanoseconds(0) - latest, nanoseconds(0));
}

TEST(packet_time, moves_with_its_clock) {
  EXPECT_EQ(moved_time(nanoseconds(5), 2), nanoseconds(2'000'000'005));
  EXPECT_EQ(moved_time(nanoseconds(2'000'000'005), -2), nanoseconds(5));
  EXPECT_EQ(moved_time(nanoseconds(5), -2), nanoseconds(0)) << "nothing is before the epoch";
  EXPECT_EQ(moved_time(latest, std::numeric_limits<std::int64_t>::max()), latest);
  EXPECT_EQ(moved_time(latest, std::numeric_limits<std::int64_t>::min()), nanoseconds(0));
}

}  // namespace
}  // namespace halley::capture
