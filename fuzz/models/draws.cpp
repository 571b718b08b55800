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
constexpr std::array<std::uint32_t, 10> limits = {1,    125,  126,   127,   128,
                                                  4095, 4096, 16384, 65535, 65536};
constexpr std::uint32_t small_sizes = 16;
constexpr std::uint32_t any_sizes = 512;

}  // namespace

std::uint32_t draw_size(choices& from, std::uint32_t most) {
  const auto kind = from.draw(4);
  std::uint32_t size = 0;
  if (kind == 1 || kind == 2) {
    size = limits.at(from.draw(static_cast<std::uint32_t>(limits.size())));
  } else {
    size = from.draw(kind == 0 ? small_sizes : any_sizes);
  }
  return std::min(size, most);
}

value patterned(const std::string& pattern, std::uint32_t size, std::uint32_t seed) {
  std::vector<std::pair<std::string, value>> entries = {{"pattern", text(pattern)},
                                                        {"size", number(size)}};
  if (seed != 0) entries.emplace_back("seed", number(seed));
  return map(std::move(entries));
}

std::uint32_t draw_segment(choices& from) {
  constexpr std::array<std::uint32_t, 3> sizes = {1, 2, 7};
  // Seldom: segments cost time, and whoever reads them in one piece shows most bugs as well.
  const auto drawn = from.draw(12);
  return drawn < 9 ? 0 : sizes.at(drawn - 9);
}

}  // namespace halley::fuzz
