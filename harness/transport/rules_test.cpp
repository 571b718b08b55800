#include "transport/rules.hpp"

#include "clock/clock.hpp"
#include "transport/path.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace halley::transport {
namespace {

using namespace std::chrono_literals;
using kind = rule::kind;

path slow(duration delay) {
  path result;
  result.delay = delay;
  return result;
}

rule impair(std::optional<way> direction, std::uint64_t first, std::uint64_t last, path on) {
  return {kind::impair, direction, first, last, on};
}

constexpr auto no_end = rule().last;

TEST(rules, without_a_rule_nothing_happens) {
  EXPECT_EQ(decide({}, 1, way::up), decision());
  EXPECT_EQ(decide({}, 1), fate());
}

TEST(rules, the_first_rule_that_names_a_direction_decides_alone) {
  const std::vector<rule> rules = {impair(way::up, 2, 3, slow(1ms)),
                                   impair(way::down, 1, no_end, slow(2ms)),
                                   impair({}, 1, no_end, slow(3ms))};
  EXPECT_EQ(decide(rules, 1), (fate{kind::pass, slow(3ms), slow(2ms)}));
  EXPECT_EQ(decide(rules, 2), (fate{kind::pass, slow(1ms), slow(2ms)}));
  EXPECT_EQ(decide(rules, 3), (fate{kind::pass, slow(1ms), slow(2ms)}));
  EXPECT_EQ(decide(rules, 4), (fate{kind::pass, slow(3ms), slow(2ms)}));
}

TEST(rules, a_rule_that_passes_shields_from_those_behind_it) {
  const std::vector<rule> rules = {{kind::pass, {}, 1, 1, {}}, {kind::refuse, {}, 1, no_end, {}}};
  EXPECT_EQ(decide(rules, 1), fate());
  EXPECT_EQ(decide(rules, 2), (fate{kind::refuse, {}, {}}));
}

TEST(rules, an_attempt_fails_when_either_direction_does) {
  const std::vector<rule> rules = {{kind::pass, way::up, 1, 1, {}},
                                   {kind::drop, {}, 1, 1, {}},
                                   {kind::refuse, way::up, 2, 2, {}}};
  EXPECT_EQ(decide(rules, 1).attempt, kind::drop);
  EXPECT_EQ(decide(rules, 2).attempt, kind::refuse);
  EXPECT_EQ(decide(rules, 3).attempt, kind::pass);
}

TEST(rules, what_is_written_beside_a_rule_that_does_not_impair_counts_for_nothing) {
  const std::vector<rule> rules = {{kind::pass, {}, 1, no_end, slow(1ms)}};
  EXPECT_EQ(decide(rules, 1, way::up), decision());
}

}  // namespace
}  // namespace halley::transport
