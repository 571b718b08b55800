#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

/// Times of packets as captures have them: nanoseconds since the epoch, from 0 to 2^62 - 1 (in the
/// year 2116). What a hostile file says beyond is put at the nearer end, so that two times may be
/// subtracted from each other whatever they are.
namespace halley::capture {

inline constexpr std::uint64_t latest_time = (std::uint64_t{1} << 62U) - 1;

/// `count` units of so many nanoseconds, more than none.
constexpr std::uint64_t nanoseconds_of(std::uint64_t count, std::uint64_t unit) {
  return count > latest_time / unit ? latest_time : count * unit;
}

constexpr std::chrono::nanoseconds packet_time(std::uint64_t seconds, std::uint64_t nanoseconds) {
  constexpr std::uint64_t nano = 1'000'000'000;
  const auto whole = nanoseconds_of(seconds, nano) + std::min(nanoseconds, latest_time);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(whole, latest_time)));
}

/// `time` as a clock shows it that is `seconds` ahead, or behind where they are negative.
constexpr std::chrono::nanoseconds moved_time(std::chrono::nanoseconds time, std::int64_t seconds) {
  const auto shown = static_cast<std::uint64_t>(time.count());
  if (seconds >= 0) return packet_time(static_cast<std::uint64_t>(seconds), shown);
  const auto back = packet_time(std::uint64_t{0} - static_cast<std::uint64_t>(seconds), 0);
  return time - std::min(time, back);
}

}  // namespace halley::capture
