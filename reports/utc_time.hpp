#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace halley::reports {

/// Milliseconds since 1970-01-01T00:00:00Z.
using utc_milliseconds = std::chrono::sys_time<std::chrono::milliseconds>;

/// The time that "2026-02-03T04:05:06.789Z" names; the fraction is optional, the zone must be Z.
/// Source: RFC 3339 §5.6.
/// Returns: nothing for any other form.
std::optional<utc_milliseconds> parse_utc(std::string_view text);

/// So many milliseconds later, but nothing behind 9999-12-31, the last day that RFC 3339 can name.
utc_milliseconds later(utc_milliseconds than, double milliseconds);

/// The form that parse_utc reads, always with milliseconds.
std::string to_utc(utc_milliseconds time);

}  // namespace halley::reports
