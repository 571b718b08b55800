#include "base/glob.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <string>

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

/// By trying out each length of each star: plain, and slow where there are many.
bool tried_out(const std::string& glob, const std::string& text) {
  if (glob.empty()) return text.empty();
  if (glob.front() != '*')
    return !text.empty() && glob.front() == text.front() &&
           tried_out(glob.substr(1), text.substr(1));
  const bool any = glob.starts_with("**");
  for (std::size_t skip = 0; skip <= text.size(); ++skip) {
    if (tried_out(glob.substr(any ? 2 : 1), text.substr(skip))) return true;
    if (!any && skip < text.size() && text[skip] == '/') return false;
  }
  return false;
}

RC_GTEST_PROP(glob, means_what_trying_out_means, ()) {
  const auto words = [](const char* of) {
    return rc::gen::resize(9, rc::gen::container<std::string>(rc::gen::elementOf(std::string(of))));
  };
  const auto glob = *words("*a/");
  const auto text = *words("a/");
  RC_CLASSIFY(path_matches(glob, text));
  RC_ASSERT(path_matches(glob, text) == tried_out(glob, text));
}

// Tried out, these would take longer than anybody waits.
TEST(glob, many_stars_cost_little) {
  std::string stars;
  for (int i = 0; i < 200; ++i)
    stars += "**a*";
  EXPECT_FALSE(path_matches(stars, std::string(1000, 'a') + "/b"));
  EXPECT_TRUE(path_matches(stars, std::string(1000, 'a')));
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
