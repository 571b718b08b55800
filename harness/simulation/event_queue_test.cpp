#include "simulation/event_queue.hpp"

#include "clock/clock.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <tuple>
#include <vector>

namespace halley::simulation {
namespace {

struct nothing final : event {
  void happen() override {}
};

TEST(event_queue, events_of_one_instant_come_in_the_order_of_adding) {
  event_queue queue;
  nothing first;
  nothing second;
  nothing earlier;
  queue.add(first, instant(5));
  queue.add(second, instant(5));
  queue.add(earlier, instant(4));
  EXPECT_EQ(&queue.take(), &earlier);
  EXPECT_EQ(&queue.take(), &first);
  EXPECT_EQ(&queue.take(), &second);
  EXPECT_TRUE(queue.empty());
}

TEST(event_queue, a_tie_decides_before_the_order) {
  event_queue queue;
  nothing first;
  nothing second;
  queue.add(first, instant(5), 2);
  queue.add(second, instant(5), 1);
  EXPECT_EQ(&queue.take(), &second);
}

TEST(event_queue, an_event_that_is_added_again_moves_and_comes_last_of_its_instant) {
  event_queue queue;
  nothing moved;
  nothing other;
  queue.add(moved, instant(1));
  queue.add(other, instant(5));
  queue.add(moved, instant(5));
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(&queue.take(), &other);
  EXPECT_EQ(&queue.take(), &moved);
  EXPECT_FALSE(moved.waits());
}

TEST(event_queue, an_event_that_is_destroyed_leaves) {
  event_queue queue;
  nothing stays;
  queue.add(stays, instant(2));
  {
    nothing goes;
    queue.add(goes, instant(1));
    EXPECT_EQ(queue.next(), instant(1));
  }
  EXPECT_EQ(queue.next(), instant(2));
}

TEST(event_queue, events_may_outlive_it) {
  nothing one;
  {
    event_queue queue;
    queue.add(one, instant(1));
  }
  EXPECT_FALSE(one.waits());
}

/// What the queue is to do, written down as plainly as possible.
class reference {
public:
  void add(std::size_t which, instant when, std::uint64_t tie) {
    remove(which);
    entries_.push_back({when, tie, added_++, which});
  }
  void remove(std::size_t which) {
    std::erase_if(entries_, [=](const entry& one) { return std::get<3>(one) == which; });
  }
  bool empty() const { return entries_.empty(); }
  bool waits(std::size_t which) const {
    return std::ranges::any_of(entries_,
                               [=](const entry& one) { return std::get<3>(one) == which; });
  }
  std::size_t take() {
    const auto first = std::ranges::min_element(entries_);
    const auto which = std::get<3>(*first);
    entries_.erase(first);
    return which;
  }

private:
  using entry = std::tuple<instant, std::uint64_t, std::uint64_t, std::size_t>;
  std::vector<entry> entries_;
  std::uint64_t added_ = 0;
};

RC_GTEST_PROP(event_queue, is_a_sorted_list, ()) {
  constexpr std::size_t count = 40;
  std::deque<nothing> events(count);
  event_queue queue;
  reference expected;
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, int, int, int>>>(
      rc::gen::tuple(rc::gen::inRange(0, 6), rc::gen::inRange(0, 40), rc::gen::inRange(0, 12),
                     rc::gen::inRange(0, 3)));
  for (const auto& [what, which, when, tie] : steps) {
    const auto number = static_cast<std::size_t>(which);
    auto& one = events[number];
    if (what < 3) {
      queue.add(one, instant(when), static_cast<std::uint64_t>(tie));
      expected.add(number, instant(when), static_cast<std::uint64_t>(tie));
    } else if (what == 3) {
      if (one.waits()) queue.remove(one);
      expected.remove(number);
    } else if (!expected.empty()) {
      RC_ASSERT(&queue.take() == &events[expected.take()]);
    }
    RC_ASSERT(one.waits() == expected.waits(number));
    RC_ASSERT(queue.empty() == expected.empty());
  }
  while (!expected.empty())
    RC_ASSERT(&queue.take() == &events[expected.take()]);
  RC_ASSERT(queue.empty());
}

}  // namespace
}  // namespace halley::simulation
