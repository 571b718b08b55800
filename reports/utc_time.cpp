#include "reports/utc_time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace halley::reports {
namespace {

/// The number that stands in text[from, from + length), digits only.
std::optional<int> digits(std::string_view text, std::size_t from, std::size_t length) {
  if (from + length > text.size()) return std::nullopt;
  int result = 0;
  const auto* const begin = text.data() + from;
  const auto [end, error] = std::from_chars(begin, begin + length, result);
  if (error != std::errc() || end != begin + length || *begin == '-') return std::nullopt;
  return result;
}

bool has_separators(std::string_view text) {
  return text.size() >= 20 && text[4] == '-' && text[7] == '-' &&
         (text[10] == 'T' || text[10] == 't') && text[13] == ':' && text[16] == ':' &&
         (text.back() == 'Z' || text.back() == 'z');
}

}  // namespace

std::optional<utc_milliseconds> parse_utc(std::string_view text) {
  namespace chrono = std::chrono;
  if (!has_separators(text)) return std::nullopt;
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  int fraction = 0;
  if (text.size() > 20) {
    const auto length = text.size() - 21;  // between the point and the zone
    if (text[19] != '.' || length == 0 || length > 9) return std::nullopt;
    std::string padded(text.substr(20, length));
    if (!digits(padded, 0, length)) return std::nullopt;
    padded.resize(3, '0');
    fraction = *digits(padded, 0, 3);
  }
  const chrono::year_month_day date{chrono::year(*year),
                                    chrono::month(static_cast<unsigned>(*month)),
                                    chrono::day(static_cast<unsigned>(*day))};
  // 60 is a leap second.
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return chrono::sys_days(date) + chrono::hours(*hour) + chrono::minutes(*minute) +
         chrono::seconds(*second) + chrono::milliseconds(fraction);
}

utc_milliseconds later(utc_milliseconds than, double milliseconds) {
  namespace chrono = std::chrono;
  constexpr chrono::sys_days behind_all{chrono::year(10'000) / chrono::January / 1};
  const auto room = behind_all - than - chrono::milliseconds(1);
  const auto span = std::clamp(milliseconds, 0.0, static_cast<double>(room.count()));
  return than + chrono::milliseconds(static_cast<std::int64_t>(span));
}

std::string to_utc(utc_milliseconds time) {
  namespace chrono = std::chrono;
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{time - day};
  std::array<char, 64> text{};
  const auto length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace halley::reports
