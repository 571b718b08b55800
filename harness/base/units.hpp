#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace halley {

/// What a text that is no duration, or no size, is answered with.
inline constexpr std::string_view duration_help =
    "a duration needs a unit (us, ms, s, m), for example 2s";
inline constexpr std::string_view size_help =
    "a size is a number of octets, or has a unit (B, KiB, MiB, GiB), for example 64KiB";

/// A number with an optional fraction and a unit, "2s", "1.5ms". `${…}` is not known here: it is
/// substituted first.
/// Returns: nothing where `text` is no duration, or it does not fit into 292 years.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// A number of octets, "65536", "64KiB", "1B".
/// Returns: nothing where `text` is no size, or it does not fit into 64 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// The shortest text of whole numbers that `parse_duration` reads back as `length`, "1500ms"; a
/// fraction of a microsecond where there is no whole number. `length` is not negative.
std::string duration_text(std::chrono::nanoseconds length);

/// The text in the largest unit that `parse_size` reads back as `octets`, "64KiB", "1000".
std::string size_text(std::uint64_t count);

}  // namespace halley
