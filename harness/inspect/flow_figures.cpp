#include "inspect/flow_figures.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

namespace halley::inspect {

void span_counts::add(std::chrono::nanoseconds span) {
  if (slots_ == nullptr) slots_ = std::make_unique<std::array<std::uint32_t, steps * powers>>();
  span = std::max(span, std::chrono::nanoseconds(0));
  min_ = count_ == 0 ? span : std::min(min_, span);
  max_ = std::max(max_, span);
  ++count_;
  // 1,024 ns is as good a microsecond, and a power of two.
  const auto micros = static_cast<std::uint64_t>(span.count()) >> 10U;
  std::size_t slot = 0;
  if (micros > 0) {
    const auto power = static_cast<std::size_t>(std::bit_width(micros)) - 1;
    const std::uint64_t nanos = static_cast<std::uint64_t>(span.count());
    slot = power * steps + ((nanos >> (power + 7)) & (steps - 1));
  }
  auto& counted = (*slots_)[std::min(slot, slots_->size() - 1)];
  if (counted < std::numeric_limits<std::uint32_t>::max()) ++counted;
}

std::chrono::nanoseconds span_counts::middle_of(std::size_t slot) {
  const std::uint64_t begin = (steps + slot % steps) << (slot / steps + 7);
  const std::uint64_t width = std::uint64_t{1} << (slot / steps + 7);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(begin + width / 2));
}

}  // namespace halley::inspect
