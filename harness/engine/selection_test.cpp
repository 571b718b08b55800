#include "engine/selection.hpp"

#include "base/glob.hpp"
#include "scenario/scenario.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace halley::engine {
namespace {

scenario::instance echo() {
  auto made = std::make_shared<scenario::scenario>();
  made->id = "ws/frame/echo";
  made->sut = scenario::role::server;
  made->purpose = scenario::kind::survey;
  made->tags = {"slow", "frames"};
  scenario::requirement one;
  one.name = "echoes";
  one.ledger = "rfc6455/5.2-rsv";
  one.weight = scenario::level::should;
  made->requirements = {one};
  scenario::instance result;
  result.id = "ws/frame/echo[rsv=2,size=125]";
  result.of = made;
  return result;
}

TEST(selection, a_glob_star_stays_within_a_part_and_two_cross_them) {
  struct row {
    const char* glob;
    const char* text;
    bool matches;
  };
  for (const auto& one :
       {row{"ws/*", "ws/frame", true}, row{"ws/*", "ws/frame/echo", false},
        row{"ws/**", "ws/frame/echo", true}, row{"**/echo", "ws/frame/echo", true},
        row{"ws/*/echo", "ws/frame/echo", true}, row{"*", "", true}, row{"", "", true},
        row{"", "a", false}, row{"a", "", false}, row{"w", "ws", false}, row{"**", "a/b", true}})
    EXPECT_EQ(path_matches(one.glob, one.text), one.matches) << one.glob << " " << one.text;
}

TEST(selection, filters_combine_terms) {
  struct row {
    const char* filter;
    bool wanted;
  };
  const row rows[] = {
      {"ws/**", true},
      {"ws/*", false},
      {"!ws/**", false},
      {"tag:slow", true},
      {"ws/** & !tag:slow", false},
      {"sse/** | tag:frames", true},
      {"sse/** | tag:frames & tag:fast", false},
      {"level:should", true},
      {"level:must", false},
      {"kind:survey", true},
      {"kind:conformance", false},
      {"sut:server", true},
      {"sut:proxy", false},
      {"req:rfc6455/*", true},
      {"req:rfc9112/**", false},
      {"ws/frame/echo[rsv=2,*]", true},
      {"ws/frame/echo[rsv=3,*]", false},
  };
  for (const auto& one : rows) {
    std::string problem;
    const auto filter = parse_filter(one.filter, problem);
    ASSERT_TRUE(filter) << one.filter << ": " << problem;
    EXPECT_EQ((*filter)(echo()), one.wanted) << one.filter;
  }
}

TEST(selection, a_filter_that_cannot_be_read_says_why) {
  for (const char* filter : {"", "ws/** &", "| a", "!", "color:red", "\x1b:x & y"}) {
    std::string problem;
    EXPECT_FALSE(parse_filter(filter, problem) && problem.empty()) << filter;
    if (!problem.empty()) EXPECT_EQ(problem.find('\x1b'), std::string::npos);
  }
}

TEST(selection, tags_are_wanted_or_excluded) {
  EXPECT_TRUE(parse_tags("slow,frames")(echo()));
  EXPECT_TRUE(parse_tags("slow, !fast")(echo()));
  EXPECT_FALSE(parse_tags("slow,!frames")(echo()));
  EXPECT_FALSE(parse_tags("fast")(echo()));
}

}  // namespace
}  // namespace halley::engine
