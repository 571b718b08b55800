#include "base/units.hpp"

#include "base/ascii.hpp"

#include <array>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>

namespace halley {
namespace {

using factor = std::pair<std::string_view, std::uint64_t>;

constexpr std::array<factor, 4> duration_units = {
    {{"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}}};
constexpr std::array<factor, 5> size_units = {
    {{"", 1}, {"B", 1}, {"KiB", 1U << 10U}, {"MiB", 1U << 20U}, {"GiB", 1U << 30U}}};

template <std::size_t N>
std::optional<std::uint64_t> factor_of(const std::array<factor, N>& units, std::string_view unit) {
  for (const auto& [name, scale] : units)
    if (name == unit) return scale;
  return std::nullopt;
}

/// The digits at the front of `text`, which is moved behind them.
std::optional<std::uint64_t> take_digits(std::string_view& text) {
  std::uint64_t number = 0;
  std::size_t length = 0;
  for (; length < text.size() && ascii::is_digit(text[length]); ++length) {
    const auto digit = static_cast<std::uint64_t>(text[length] - '0');
    if (number > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return std::nullopt;
    number = number * 10 + digit;
  }
  if (length == 0) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto whole = take_digits(text);
  if (!whole) return std::nullopt;
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const auto start = text;
    if (!take_digits(text)) return std::nullopt;
    fraction = start.substr(0, start.size() - text.size());
  }
  const auto scale = factor_of(duration_units, text);
  if (!scale || *whole > most / *scale) return std::nullopt;
  std::uint64_t nanoseconds = *whole * *scale;
  // Digit by digit: exact, and what is below a nanosecond is cut off.
  auto place = *scale;
  for (const char digit : fraction) {
    place /= 10;
    nanoseconds += place * static_cast<std::uint64_t>(digit - '0');
  }
  if (nanoseconds > most) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto number = take_digits(text);
  if (!number) return std::nullopt;
  const auto scale = factor_of(size_units, text);
  if (!scale || *number > std::numeric_limits<std::uint64_t>::max() / *scale) return std::nullopt;
  return *number * *scale;
}

std::string duration_text(std::chrono::nanoseconds length) {
  assert(length.count() >= 0);
  const auto nanoseconds = static_cast<std::uint64_t>(length.count());
  if (nanoseconds == 0) return "0s";
  for (const auto& [name, scale] : duration_units | std::views::reverse)
    if (nanoseconds % scale == 0) return std::to_string(nanoseconds / scale) + std::string(name);
  const auto fraction = std::to_string(1000 + nanoseconds % 1000).substr(1);
  return std::to_string(nanoseconds / 1000) + "." + fraction + "us";
}

std::string size_text(std::uint64_t count) {
  if (count == 0) return "0";
  for (const auto& [name, scale] : size_units | std::views::reverse)
    if (name != "B" && count % scale == 0) return std::to_string(count / scale) + std::string(name);
  return std::to_string(count);
}

}  // namespace halley
