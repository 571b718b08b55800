#include "scenario/matrix.hpp"

#include "scenario/cover.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {
namespace {

value number(std::int64_t n) {
  return {.is = n, .at = {}};
}
value text(const std::string& t) {
  return {.is = t, .at = {}};
}

/// Seven reserved-bit patterns, four opcodes, four sizes; control frames are short.
std::shared_ptr<scenario> reserved_bits() {
  auto result = std::make_shared<scenario>();
  result->id = "ws/frame/reserved-bits";
  value_list rsv;
  for (int i = 1; i <= 7; ++i)
    rsv.push_back(number(i));
  result->matrix = {{"rsv", rsv},
                    {"opcode", {text("text"), text("binary"), text("ping"), text("pong")}},
                    {"size", {number(0), number(125), number(126), number(65536)}}};
  result->exclude = {
      {{"opcode", {text("ping"), text("pong")}}, {"size", {number(126), number(65536)}}}};
  return result;
}

std::vector<std::string> ids(const std::vector<instance>& all) {
  std::vector<std::string> result;
  result.reserve(all.size());
  for (const auto& one : all)
    result.push_back(one.id);
  return result;
}

TEST(matrix, the_cover_is_small) {
  const auto of = reserved_bits();
  EXPECT_EQ(expand(of, 0, 1).size(), 84U);
  EXPECT_EQ(expand(of, 3, 1).size(), 84U);
  EXPECT_EQ(expand(of, 1, 1).size(), 7U);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_LE(expand(of, 2, seed).size(), 36U) << "seed " << seed;
    EXPECT_GE(expand(of, 2, seed).size(), 28U) << "seed " << seed;
  }
}

TEST(matrix, the_same_seed_gives_the_same_instances) {
  const auto of = reserved_bits();
  EXPECT_EQ(ids(expand(of, 2, 5)), ids(expand(of, 2, 5)));
  EXPECT_NE(ids(expand(of, 2, 5)), ids(expand(of, 2, 6)));
}

TEST(matrix, without_parameters_there_is_one_instance) {
  auto of = std::make_shared<scenario>();
  of->id = "a/b";
  for (const int t : {0, 1, 2}) {
    const auto all = expand(of, t, 1);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].id, "a/b");
    EXPECT_EQ(all[0].of, of);
  }
}

TEST(matrix, included_combinations_are_added_once) {
  auto of = reserved_bits();
  const auto count = expand(of, 0, 1).size();
  of->include = {{{"rsv", number(2)}, {"opcode", text("ping")}},
                 {{"rsv", number(9)}, {"opcode", text("ping")}, {"size", number(65536)}}};
  const auto all = ids(expand(of, 0, 1));
  EXPECT_EQ(all.size(), count + 1);  // the first is there already
  EXPECT_EQ(all.back(), "ws/frame/reserved-bits[rsv=9,opcode=ping,size=65536]");
}

TEST(matrix, an_id_escapes_what_it_is_made_of) {
  scenario of;
  of.id = "a/b";
  EXPECT_EQ(instance_id(of, {}), "a/b");
  EXPECT_EQ(instance_id(of, {{"x", text("a,b[c]=%\r\n")}, {"y", {.is = true, .at = {}}}}),
            "a/b[x=a%2Cb%5Bc%5D%3D%25%0D%0A,y=true]");
  EXPECT_EQ(instance_id(of, {{"x", text("")}, {"y", text("é")}}), "a/b[x=,y=é]");
}

TEST(matrix, the_level_names_have_default_strengths) {
  scenario of;
  EXPECT_EQ(strength_of(of, "quick"), 1);
  EXPECT_EQ(strength_of(of, "normal"), 2);
  EXPECT_EQ(strength_of(of, "full"), 0);
  of.strength = {{"quick", 2}, {"full", 3}};
  EXPECT_EQ(strength_of(of, "quick"), 2);
  EXPECT_EQ(strength_of(of, "normal"), 2);
  EXPECT_EQ(strength_of(of, "full"), 3);
}

/// Two to five parameters of one to four values, up to three exclusions.
cover_problem any_problem() {
  cover_problem result;
  result.sizes = *rc::gen::resize(
      5, rc::gen::suchThat(
             rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 5)),
             [](const auto& sizes) { return sizes.size() >= 2; }));
  const auto count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) {
    exclusion one(result.sizes.size());
    bool any = false;
    for (std::size_t p = 0; p < one.size(); ++p)
      for (std::size_t v = 0; v < result.sizes[p]; ++v)
        if (*rc::gen::weightedElement<bool>({{3, false}, {1, true}})) {
          one[p].push_back(v);
          any = true;
        }
    if (any) result.excluded.push_back(one);
  }
  return result;
}

/// The parts with `t` values that the points of `all` have.
std::set<std::vector<std::pair<std::size_t, std::size_t>>> parts_of(const std::vector<point>& all,
                                                                    std::size_t t) {
  std::set<std::vector<std::pair<std::size_t, std::size_t>>> result;
  for (const auto& one : all)
    for (std::size_t mask = 0; mask < (std::size_t{1} << one.size()); ++mask) {
      std::vector<std::pair<std::size_t, std::size_t>> part;
      for (std::size_t i = 0; i < one.size(); ++i)
        if ((mask >> i & 1U) != 0) part.emplace_back(i, one[i]);
      if (part.size() == t) result.insert(part);
    }
  return result;
}

RC_GTEST_PROP(matrix, every_allowed_combination_is_covered_and_no_excluded_one, ()) {
  const auto of = any_problem();
  const auto t = *rc::gen::inRange<std::size_t>(1, 4);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto all = cover(of, 0, seed);
  const auto some = cover(of, t, seed);
  RC_ASSERT(std::ranges::includes(all, some));
  RC_ASSERT(some == cover(of, t, seed));
  const auto strength = std::min(t, of.sizes.size());
  RC_ASSERT(parts_of(all, strength) == parts_of(some, strength));
}

}  // namespace
}  // namespace halley::scenario
