#include "fuzz/choices.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halley::fuzz {
namespace {

using elements = std::vector<std::uint32_t>;

TEST(choices, are_reduced_and_end_in_zeros) {
  choices from(elements{7, 300, 1, 2});
  EXPECT_EQ(from.draw(5), 2U);
  EXPECT_EQ(from.draw(256), 44U);    // the lowest eight bits
  EXPECT_EQ(from.draw(1000), 258U);  // two elements, the higher first
  EXPECT_TRUE(from.exhausted());
  EXPECT_EQ(from.draw(9), 0U);
  EXPECT_EQ(from.used(), (elements{2, 44, 1, 2}));
}

RC_GTEST_PROP(choices, drawn_again_from_what_was_used_are_the_same, (const elements& given)) {
  const elements bounds = {3, 256, 1000, 65536, 2, 17};
  choices first(given);
  elements drawn;
  for (const auto bound : bounds)
    drawn.push_back(first.draw(bound));
  choices again(first.used());
  for (std::size_t i = 0; i < bounds.size(); ++i)
    RC_ASSERT(again.draw(bounds[i]) == drawn[i]);
  RC_ASSERT(again.used() == first.used());
}

RC_GTEST_PROP(choices, are_the_same_from_octets, (const elements& given)) {
  octets data;
  for (const auto one : given)
    data += static_cast<char>(one % 256);
  choices numbers(given);
  choices from_octets{octet_view(data)};
  for (const std::uint32_t bound : {5U, 256U, 700U})
    RC_ASSERT(numbers.draw(bound) == from_octets.draw(bound));
}

}  // namespace
}  // namespace halley::fuzz
