#pragma once

#include "base/random.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halley::fuzz {

/// How many numbers a test case has that nothing is known of yet.
struct case_size {
  std::size_t fewest = 16;
  std::size_t most = 160;
};

/// Numbers for choices, none of them known.
std::vector<std::uint32_t> fresh_numbers(random_source& from, const case_size& size);

/// `drawn` with a few numbers put in, left out or replaced, and some more behind it: there nothing
/// was decided yet.
std::vector<std::uint32_t> varied_numbers(random_source& from,
                                          std::vector<std::uint32_t> drawn,
                                          const case_size& size);

}  // namespace halley::fuzz
