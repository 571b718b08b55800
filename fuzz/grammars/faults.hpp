#pragma once

#include "fuzz/choices.hpp"

#include <array>
#include <cstddef>

namespace halley::fuzz {

/// Which rows of a table of deviations an exchange applies: mostly none or one, sometimes two.
struct faults {
  std::size_t count = 0;
  std::array<std::size_t, 2> rows = {};
};

inline faults draw_faults(choices& from, std::size_t table_size) {
  constexpr std::uint32_t none = 7;
  constexpr std::uint32_t one = 14;
  const auto kind = from.draw(16);
  faults drawn;
  if (kind >= none) drawn.count = kind < one ? 1 : 2;
  for (std::size_t i = 0; i < drawn.count; ++i)
    drawn.rows.at(i) = from.draw(static_cast<std::uint32_t>(table_size));
  return drawn;
}

}  // namespace halley::fuzz
