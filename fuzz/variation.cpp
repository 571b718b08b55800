#include "fuzz/variation.hpp"

#include "base/random.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::size_t most_changes = 4;

std::uint32_t any(random_source& from) {
  return static_cast<std::uint32_t>(from.below(256));
}

}  // namespace

std::vector<std::uint32_t> fresh_numbers(random_source& from, const case_size& size) {
  std::vector<std::uint32_t> result(size.fewest + from.below(size.most - size.fewest));
  for (auto& one : result)
    one = any(from);
  return result;
}

std::vector<std::uint32_t> varied_numbers(random_source& from,
                                          std::vector<std::uint32_t> drawn,
                                          const case_size& size) {
  for (std::size_t left = 1 + from.below(most_changes); left > 0; --left) {
    const auto at = from.below(drawn.size() + 1);
    const auto value = any(from);
    switch (from.below(3)) {
      case 0:
        drawn.insert(drawn.begin() + static_cast<std::ptrdiff_t>(at), value);
        break;
      case 1:
        if (at < drawn.size()) drawn.erase(drawn.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      default:
        if (at < drawn.size()) drawn[at] = value;
    }
  }
  for (std::size_t left = from.below(size.fewest); left > 0; --left)
    drawn.push_back(any(from));
  return drawn;
}

}  // namespace halley::fuzz
