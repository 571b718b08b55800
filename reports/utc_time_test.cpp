#include "reports/utc_time.hpp"

#include <gtest/gtest.h>

#include <string>

namespace halley::reports {
namespace {

std::string moved(const char* from, double milliseconds) {
  return to_utc(later(parse_utc(from).value(), milliseconds));
}

TEST(utc_time, later_is_later_by_whole_milliseconds) {
  EXPECT_EQ(moved("2026-02-28T23:59:59.500Z", 500.9), "2026-03-01T00:00:00.000Z");
  EXPECT_EQ(moved("2026-02-28T23:59:59.500Z", -1), "2026-02-28T23:59:59.500Z");
}

TEST(utc_time, nothing_is_later_than_what_can_be_written) {
  EXPECT_EQ(moved("2026-02-28T23:59:59.500Z", 8e43), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(moved("9999-12-31T23:59:59.999Z", 1), "9999-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace halley::reports
