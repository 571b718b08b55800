#include "engine/shard.hpp"

#include "scenario/scenario.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

/// Scenarios s0, s1, … of so many instances each; sN stands after s(N/2), which is a chain.
std::vector<scenario::instance> suite_of(const std::vector<unsigned>& counts) {
  std::vector<scenario::instance> all;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    auto made = std::make_shared<scenario::scenario>();
    made->id = "s" + std::to_string(i);
    if (i > 0) made->after = {"s" + std::to_string(i / 2)};
    if (i % 3 == 1) made->tags = {"slow"};
    for (unsigned number = 0; number < counts[i] % 8; ++number) {
      scenario::instance one;
      one.of = made;
      one.id = made->id + "[n=" + std::to_string(number) + "]";
      all.push_back(std::move(one));
    }
  }
  return all;
}

std::vector<std::string> ids_of(const std::vector<scenario::instance>& all) {
  std::vector<std::string> ids;
  for (const auto& one : all)
    ids.push_back(one.id);
  return ids;
}

RC_GTEST_PROP(shard,
              the_parts_are_the_whole_and_no_two_overlap,
              (const std::vector<unsigned>& counts)) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 12);
  const auto all = suite_of(counts);
  std::multiset<std::string> owned;
  std::vector<std::size_t> sizes;
  for (std::size_t i = 1; i <= n; ++i) {
    const auto part = take_shard(all, {i, n});
    const std::set<std::string> shared(part.shared.begin(), part.shared.end());
    std::size_t size = 0;
    for (const auto& one : part.instances) {
      if (shared.contains(one.id)) continue;
      owned.insert(one.id);
      ++size;
    }
    sizes.push_back(size);
  }
  const auto ids = ids_of(all);
  RC_ASSERT(owned == std::multiset<std::string>(ids.begin(), ids.end()));
  RC_ASSERT(*std::ranges::max_element(sizes) - *std::ranges::min_element(sizes) <= 1U);
}

RC_GTEST_PROP(shard,
              what_an_instance_stands_after_is_in_its_shard,
              (const std::vector<unsigned>& counts)) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 6);
  const auto all = suite_of(counts);
  std::map<std::string, std::size_t> whole;
  for (const auto& one : all)
    ++whole[one.of->id];
  for (std::size_t i = 1; i <= n; ++i) {
    const auto part = take_shard(all, {i, n});
    std::map<std::string, std::size_t> here;
    for (const auto& one : part.instances)
      ++here[one.of->id];
    for (const auto& one : part.instances)
      for (const auto& id : one.of->after)
        RC_ASSERT(here[id] == whole[id]);
  }
}

TEST(shard, the_order_of_the_suite_stays_and_does_not_decide) {
  auto all = suite_of({3, 4, 5, 6});
  const auto part = take_shard(all, {1, 2});
  auto ids = ids_of(part.instances);
  const auto order = ids_of(all);
  std::size_t at = 0;
  for (const auto& id : ids) {
    const auto found = std::ranges::find(order, id);
    EXPECT_GE(static_cast<std::size_t>(found - order.begin()), at);
    at = static_cast<std::size_t>(found - order.begin());
  }
  std::ranges::reverse(all);
  auto again = ids_of(take_shard(all, {1, 2}).instances);
  std::ranges::sort(ids);
  std::ranges::sort(again);
  EXPECT_EQ(ids, again);
}

TEST(shard, slow_ones_are_spread_as_evenly) {
  const auto all = suite_of({0, 7, 0, 0, 7, 5});
  for (std::size_t i = 1; i <= 2; ++i) {
    const auto part = take_shard(all, {i, 2});
    const auto slow = std::ranges::count_if(part.instances, [&](const auto& one) {
      return !one.of->tags.empty() && std::ranges::find(part.shared, one.id) == part.shared.end();
    });
    EXPECT_EQ(slow, 7);
  }
}

TEST(shard, only_pairs_within_their_bounds_are_read) {
  EXPECT_EQ(parse_shard("2/5"), (shard{2, 5}));
  EXPECT_EQ(parse_shard("1/1"), (shard{1, 1}));
  EXPECT_EQ(parse_shard("1000/1000"), (shard{1000, 1000}));
  for (const auto* const bad : {"", "/", "2", "0/3", "4/3", "-1/3", "1/0", "1/1001", "1 / 3", "a/b",
                                "1/2/3", "1/99999999999999999999"})
    EXPECT_FALSE(parse_shard(bad)) << bad;
}

}  // namespace
}  // namespace halley::engine
