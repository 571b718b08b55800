#include "base/glob.hpp"

#include <gtest/gtest.h>

namespace halley {
namespace {

TEST(glob, one_star_stays_within_a_part) {
  EXPECT_TRUE(path_matches("ws/*/echo", "ws/frame/echo"));
  EXPECT_FALSE(path_matches("ws/*", "ws/frame/echo"));
  EXPECT_TRUE(path_matches("ws/**", "ws/frame/echo"));
  EXPECT_FALSE(path_matches("ws/**", "http/frame/echo"));
  EXPECT_TRUE(path_matches("", ""));
  EXPECT_FALSE(path_matches("", "a"));
}

struct row {
  const char* match;
  const char* instance;
  bool matches;
};

TEST(glob, conditions_on_parameters_hold_in_any_order) {
  const row rows[] = {
      {"ws/frame/bits", "ws/frame/bits[rsv=2,opcode=ping]", true},
      {"ws/**", "ws/frame/bits[rsv=2,opcode=ping]", true},
      {"ws/frame/bits[*]", "ws/frame/bits[rsv=2,opcode=ping]", true},
      {"ws/frame/bits[opcode=ping,*]", "ws/frame/bits[rsv=2,opcode=ping]", true},
      {"ws/frame/bits[opcode=ping,rsv=2]", "ws/frame/bits[rsv=2,opcode=ping]", true},
      {"ws/frame/bits[opcode=p*,rsv=2]", "ws/frame/bits[rsv=2,opcode=ping]", true},
      {"ws/frame/bits[opcode=ping]", "ws/frame/bits[rsv=2,opcode=ping]", false},
      {"ws/frame/bits[opcode=pong,*]", "ws/frame/bits[rsv=2,opcode=ping]", false},
      {"ws/frame/bits[rsv=2,opcode=ping,size=1]", "ws/frame/bits[rsv=2,opcode=ping]", false},
      {"http/target/odd[target=*]", "http/target/odd[target=/a/b]", true},
      {"http/target/odd[*]", "http/target/odd", true},
      {"http/target/odd[target=/]", "http/target/odd", false},
  };
  for (const auto& one : rows)
    EXPECT_EQ(instance_matches(one.match, one.instance), one.matches)
        << one.match << " " << one.instance;
}

}  // namespace
}  // namespace halley
