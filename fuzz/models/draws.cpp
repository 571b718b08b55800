#include "fuzz/models/draws.hpp"

#include "fuzz/choices.hpp"
#include "fuzz/scenario_writer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

/// Where a length takes another form, or a buffer is full. Source: RFC 6455 §5.2; powers of two.
constexpr std::array<std::uint32_t, 7> limits = {1, 125, 126, 127, 128, 4095, 4096};
constexpr std::array<std::uint32_t, 3> large_limits = {16384, 65535, 65536};
constexpr std::uint32_t small_sizes = 16;
constexpr std::uint32_t any_sizes = 512;
constexpr std::uint32_t most_segments = 24;

template <std::size_t Count>
std::uint32_t one_of(const std::array<std::uint32_t, Count>& sizes, choices& from) {
  return sizes.at(from.draw(Count));
}

}  // namespace

std::uint32_t draw_size(choices& from, std::uint32_t most) {
  // Large ones seldom: they take the time of many small ones.
  const auto kind = from.draw(16);
  std::uint32_t size = 0;
  if (kind < 7) {
    size = from.draw(small_sizes);
  } else if (kind < 12) {
    size = one_of(limits, from);
  } else if (kind < 15) {
    size = from.draw(any_sizes);
  } else {
    size = one_of(large_limits, from);
  }
  return std::min(size, most);
}

value patterned(const std::string& pattern, std::uint32_t size, std::uint32_t seed) {
  std::vector<std::pair<std::string, value>> entries = {{"pattern", text(pattern)},
                                                        {"size", number(size)}};
  if (seed != 0) entries.emplace_back("seed", number(seed));
  return map(std::move(entries));
}

std::uint32_t draw_segment(choices& from, std::uint32_t size) {
  constexpr std::array<std::uint32_t, 3> sizes = {1, 2, 7};
  // Seldom, and not many: most bugs show in whole pieces too, and in far less time.
  constexpr std::uint32_t whole = 9;
  const auto drawn = from.draw(whole + sizes.size());
  if (drawn < whole) return 0;
  return std::max(sizes.at(drawn - whole), size / most_segments);
}

}  // namespace halley::fuzz
