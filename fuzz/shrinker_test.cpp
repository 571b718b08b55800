#include "fuzz/shrinker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

namespace halley::fuzz {
namespace {

using elements = std::vector<std::uint32_t>;

/// Whatever `fails` says, as a candidate that draws all it is given.
template <class Fails>
still_shows where(Fails fails) {
  return [fails](const elements& one) { return fails(one) ? std::optional(one) : std::nullopt; };
}

TEST(shrinker, deletes_what_does_not_matter) {
  const auto has_nine = [](const elements& one) { return std::ranges::find(one, 9U) != one.end(); };
  EXPECT_EQ(shrink({4, 8, 9, 200, 1, 1, 0, 3, 7, 7, 7}, where(has_nine)), (elements{9}));
}

TEST(shrinker, finds_the_smallest_number_that_still_fails) {
  const auto over = [](const elements& one) { return one.size() == 2 && one[0] >= 37; };
  EXPECT_EQ(shrink({255, 12}, where(over)), (elements{37, 0}));
}

TEST(shrinker, moves_weight_to_the_later_number) {
  const auto sum = [](const elements& one) {
    return one.size() == 2 && std::accumulate(one.begin(), one.end(), 0U) >= 20;
  };
  EXPECT_EQ(shrink({15, 15}, where(sum)), (elements{0, 20}));
}

TEST(shrinker, keeps_what_only_fails_as_it_is) {
  const elements only = {3, 1, 2};
  const auto same = [&](const elements& one) { return one == only; };
  EXPECT_EQ(shrink(only, where(same)), only);
}

TEST(shrinker, takes_what_a_candidate_drew) {
  // Only the first two are ever drawn.
  const auto shows = [](const elements& one) -> std::optional<elements> {
    if (one.size() < 2 || one[1] < 5) return std::nullopt;
    return elements{one[0], one[1]};
  };
  EXPECT_EQ(shrink({9, 9, 9, 9}, shows), (elements{0, 5}));
}

}  // namespace
}  // namespace halley::fuzz
