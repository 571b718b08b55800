#include "fuzz/choices.hpp"

#include "base/bytes.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::uint32_t element_values = 256;

}  // namespace

choices::choices(std::vector<std::uint32_t> elements) : elements_(std::move(elements)) {
  used_.reserve(elements_.size());
}

choices::choices(octet_view octets) {
  elements_.reserve(octets.size());
  used_.reserve(octets.size());
  for (std::size_t i = 0; i < octets.size(); ++i)
    elements_.push_back(octet_at(octets, i));
}

std::uint32_t choices::take() {
  return next_ < elements_.size() ? elements_[next_++] % element_values : 0;
}

std::uint32_t choices::draw(std::uint32_t bound) {
  assert(bound > 0 && bound <= largest_bound);
  if (bound <= element_values) {
    used_.push_back(take() % bound);
    return used_.back();
  }
  const std::uint32_t high = take();
  const std::uint32_t drawn = (high * element_values + take()) % bound;
  used_.push_back(drawn / element_values);
  used_.push_back(drawn % element_values);
  return drawn;
}

std::vector<std::uint32_t> choices::used() const {
  auto result = used_;
  while (!result.empty() && result.back() == 0)
    result.pop_back();
  return result;
}

}  // namespace halley::fuzz
