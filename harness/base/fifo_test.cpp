#include "base/fifo.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace halley {
namespace {

TEST(Fifo, GivesInTheOrderInWhichItGot) {
  fifo<std::unique_ptr<int>> queue;
  int next = 0;
  int expected = 0;
  for (int round = 1; round < 100; ++round) {
    for (int i = 0; i < round; ++i)
      queue.push_back(std::make_unique<int>(next++));
    EXPECT_EQ(queue.size(), static_cast<std::size_t>(next - expected));
    for (int i = 0; i < round / 2; ++i)
      ASSERT_EQ(*queue.take_front(), expected++);
  }
  while (!queue.empty())
    ASSERT_EQ(*queue.take_front(), expected++);
  EXPECT_EQ(expected, next);
}

TEST(Fifo, ForgetsWhatItIsToldToForget) {
  fifo<int> queue;
  for (int i = 0; i < 10; ++i)
    queue.push_back(i + 0);
  queue.take_front();
  queue.erase_if([](int one) { return one % 2 == 1; });
  EXPECT_EQ(std::vector<int>(queue.begin(), queue.end()), (std::vector<int>{2, 4, 6, 8}));
  queue.take_front();
  queue.clear();
  EXPECT_TRUE(queue.empty());
  queue.push_back(11);
  EXPECT_EQ(queue.front(), 11);
}

}  // namespace
}  // namespace halley
