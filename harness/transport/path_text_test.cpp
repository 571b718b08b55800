#include "transport/path_text.hpp"

#include "clock/clock.hpp"
#include "transport/path.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace halley::transport {
namespace {

using namespace std::chrono_literals;

constexpr auto no_end = std::numeric_limits<std::uint64_t>::max();

path read_path(const std::string& text) {
  std::string error;
  const auto read = parse_path(text, error);
  EXPECT_TRUE(read) << text << ": " << error;
  return read.value_or(path());
}

rule read_rule(const std::string& text) {
  std::string error;
  const auto read = parse_rule(text, error);
  EXPECT_TRUE(read) << text << ": " << error;
  return read.value_or(rule());
}

std::string wrong_in(const std::string& text) {
  std::string error;
  EXPECT_FALSE(parse_rule(text, error)) << text;
  return error;
}

TEST(path_text, each_setting_is_read) {
  const auto all = read_path(
      "delay=50ms, jitter=10ms,rate=64KiB/s "
      ",segment=536,loss=0.5%,slow-close=2s,hold-after=100/5s");
  EXPECT_EQ(all.delay, 50ms);
  EXPECT_EQ(all.jitter, 10ms);
  EXPECT_EQ(all.rate, 65536U);
  EXPECT_EQ(all.segment, 536U);
  EXPECT_EQ(all.loss, 5000U);
  EXPECT_EQ(all.slow_close, 2s);
  EXPECT_EQ(all.ends, (cut{cut::kind::hold, 100, 5s}));
  EXPECT_EQ(read_path("fin-after=1KiB").ends, (cut{cut::kind::fin, 1024, {}}));
  EXPECT_EQ(read_path("reset-after=0").ends, (cut{cut::kind::reset, 0, {}}));
  EXPECT_EQ(read_path("vanish-after=7").ends, (cut{cut::kind::vanish, 7, {}}));
}

TEST(path_text, what_other_tools_call_a_setting_is_understood) {
  const struct {
    const char* theirs;
    const char* ours;
  } cases[] = {{"latency=1ms", "delay=1ms"},      {"bandwidth=1KiB/s", "rate=1KiB/s"},
               {"slicer=1", "segment=1"},         {"half-close=1", "fin-after=1"},
               {"limit-data=1", "fin-after=1"},   {"rst-after=1", "reset-after=1"},
               {"reset-peer=1", "reset-after=1"}, {"blackhole=1", "vanish-after=1"},
               {"timeout=1", "vanish-after=1"}};
  for (const auto& one : cases)
    EXPECT_EQ(read_path(one.theirs), read_path(one.ours)) << one.theirs;
}

TEST(path_text, a_rule_names_a_direction_and_connections) {
  const struct {
    const char* text;
    std::optional<way> direction;
    std::uint64_t first;
    std::uint64_t last;
  } cases[] = {{"pass", {}, 1, no_end},
               {"both: pass", {}, 1, no_end},
               {"up: pass", way::up, 1, no_end},
               {"down pass", way::down, 1, no_end},
               {"3: pass", {}, 3, 3},
               {"3-5: pass", {}, 3, 5},
               {" 3-  pass ", {}, 3, no_end},
               {"up 3-:pass", way::up, 3, no_end},
               {"down 2 : pass", way::down, 2, 2}};
  for (const auto& one : cases)
    EXPECT_EQ(read_rule(one.text), (rule{rule::kind::pass, one.direction, one.first, one.last, {}}))
        << one.text;
  EXPECT_EQ(read_rule("1: refuse").what, rule::kind::refuse);
  EXPECT_EQ(read_rule("drop").what, rule::kind::drop);
  const auto impaired = read_rule("down: delay=50ms,rate=64KiB/s");
  EXPECT_EQ(impaired.what, rule::kind::impair);
  EXPECT_EQ(impaired.on, read_path("delay=50ms,rate=64KiB/s"));
  EXPECT_EQ(read_rule("up 2 delay=1s").on, read_path("delay=1s"));
}

TEST(path_text, what_is_wrong_and_what_is_allowed_is_said) {
  const struct {
    const char* text;
    const char* says;
  } cases[] = {
      {"", "it does not say what happens; a rule is [up|down|both]"},
      {"up:", "it does not say what happens"},
      {"dealy=5ms",
       "no setting is called 'dealy' (did you mean 'delay'?); there are delay, jitter"},
      {"refues", "(did you mean 'refuse'?)"},
      {"u: delay=1s", "'u' (did you mean 'up'?) before the ':' is neither a direction"},
      {"up down: delay=1s", "'down'"},
      {"0: pass", "'0' names no connections: they count from 1"},
      {"5-3: pass", "'5-3' names no connections"},
      {"3-x: pass", "'3-x' names no connections"},
      {"1: refuse,delay=1s", "'refuse' stands alone"},
      {"delay", "'delay' wants a value"},
      {"delay=5", "'delay' is not '5': a duration needs a unit"},
      {"delay=25h", "a duration needs a unit"},
      {"jitter=1441m", "no wait is longer than 1440m"},
      {"delay=1s,latency=2s", "'delay' is given twice"},
      {"delay=1s,", "a setting is missing beside a comma"},
      {"rate=64KiB", "a rate is a size a second"},
      {"rate=0/s", "a rate is a size a second"},
      {"segment=0", "at least one octet"},
      {"segment=x", "a size is a number of octets"},
      {"loss=101%", "a percentage up to 100%"},
      {"loss=1", "a percentage"},
      {"loss=0.12345%", "at most four digits"},
      {"loss=1.x%", "a percentage"},
      {"hold-after=100", "a size and a duration, for example 100/5s"},
      {"hold-after=x/5s", "a size is a number of octets"},
      {"hold-after=1/5", "a duration needs a unit"},
      {"fin-after=1,reset-after=2", "a direction ends only once"},
      {"delay=\x1b[2J", "'\\x1b[2J'"},
  };
  for (const auto& one : cases)
    EXPECT_THAT(wrong_in(one.text), testing::HasSubstr(one.says)) << one.text;
  EXPECT_THAT(wrong_in(std::string(500, 'x')), testing::HasSubstr("longer than 400 octets"));
}

TEST(path_text, a_rule_is_written_in_its_shortest_form) {
  const struct {
    const char* text;
    const char* written;
  } cases[] = {{"both 1-: pass", "pass"},
               {"up 3-3 latency=1000ms", "up 3: delay=1s"},
               {"3- refuse", "3-: refuse"},
               {"2-4: loss=1.50%, slicer=1024", "2-4: segment=1KiB,loss=1.5%"},
               {"down blackhole=0", "down: vanish-after=0"}};
  for (const auto& one : cases)
    EXPECT_EQ(to_text(read_rule(one.text)), one.written);
  EXPECT_EQ(to_text(rule()), "pass");
  EXPECT_EQ(to_text(path()), "");
}

duration any_wait() {
  return duration(*rc::gen::inRange<std::int64_t>(0, duration(longest_wait).count() + 1));
}

path any_path() {
  path on;
  on.delay = any_wait();
  on.jitter = any_wait();
  on.rate = *rc::gen::arbitrary<std::uint64_t>();
  on.segment = *rc::gen::inRange<std::size_t>(0, 100'000);
  on.loss = *rc::gen::inRange<std::uint32_t>(0, 1'000'001);
  on.slow_close = any_wait();
  const auto ends = *rc::gen::inRange(0, 5);
  if (ends == 0) return on;
  on.ends = cut{static_cast<cut::kind>(ends - 1), *rc::gen::arbitrary<std::uint64_t>(), {}};
  if (on.ends->what == cut::kind::hold) on.ends->length = any_wait();
  return on;
}

RC_GTEST_PROP(path_text, what_is_written_is_read_back, ()) {
  rule one;
  one.what = static_cast<rule::kind>(*rc::gen::inRange(0, 4));
  if (one.what == rule::kind::impair) one.on = any_path();
  if (one.on == path() && one.what == rule::kind::impair) one.what = rule::kind::pass;
  const auto direction = *rc::gen::inRange(0, 3);
  if (direction != 0) one.direction = direction == 1 ? way::up : way::down;
  one.first = *rc::gen::inRange<std::uint64_t>(1, 10);
  if (*rc::gen::arbitrary<bool>()) one.last = one.first + *rc::gen::inRange<std::uint64_t>(0, 9);
  std::string error;
  RC_ASSERT(parse_rule(to_text(one), error) == one);
}

}  // namespace
}  // namespace halley::transport
