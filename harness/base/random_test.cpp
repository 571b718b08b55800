#include "base/random.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

namespace halley {
namespace {

TEST(random, named_sources_are_independent) {
  auto a = random_source::named(1, "mask", 1);
  auto b = random_source::named(1, "mask", 2);
  auto again = random_source::named(1, "mask", 1);
  EXPECT_NE(a.next(), b.next());
  (void)again.next();
  EXPECT_EQ(a.next(), again.next());
}

TEST(random, below_stays_below_and_reaches_all) {
  random_source source(3);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 200; ++i)
    seen.insert(source.below(5));
  EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(source.below(0), 0U);
  EXPECT_EQ(source.bytes(13).size(), 13U);
}

TEST(random, the_hash_is_the_published_one) {
  EXPECT_EQ(stable_hash(""), 0xCBF29CE484222325U);
  EXPECT_EQ(stable_hash("a"), 0xAF63DC4C8601EC8CU);
}

}  // namespace
}  // namespace halley
