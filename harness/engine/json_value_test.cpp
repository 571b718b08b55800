#include "engine/json_value.hpp"

#include "base/bytes.hpp"
#include "clock/virtual_clock.hpp"
#include "engine/driver_dialogue.hpp"
#include "scenario/value.hpp"
#include "trace/json_lines.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string_view>

namespace halley::engine {
namespace {

octets nested(std::size_t levels) {
  return octets(levels, '[') + octets(levels, ']');
}

TEST(json_value, of_texts_that_are_no_json_is_null) {
  EXPECT_TRUE(parse_json("").null());
  EXPECT_TRUE(parse_json("[1,").null());
  EXPECT_FALSE(parse_json("[1]").null());
}

/// Who copies, walks or writes such values calls itself once a level.
TEST(json_value, that_nests_deeper_than_a_stack_is_refused) {
  constexpr std::size_t far_too_many = 1'000'000;
  EXPECT_FALSE(parse_json(nested(trace::log_depth)).null());
  EXPECT_TRUE(parse_json(nested(trace::log_depth + 1)).null());
  EXPECT_TRUE(parse_json(nested(far_too_many)).null());
}

TEST(driver_dialogue, passes_over_lines_that_nest_deeper_than_a_stack) {
  constexpr std::size_t far_too_many = 1'000'000;
  boost::asio::io_context context;
  clock::virtual_clock time(context);
  driver_dialogue dialogue(time);
  std::size_t heard = 0;
  dialogue.attach("s", [&](const nlohmann::json& /*event*/) { ++heard; });
  const auto line = [](std::size_t levels) {
    return R"({"event":"app.response","session":"s","headers":{"a":)" + nested(levels) + "}}";
  };
  EXPECT_TRUE(dialogue.take(std::string_view(line(trace::log_depth - 2))));
  EXPECT_FALSE(dialogue.take(std::string_view(line(trace::log_depth - 1))));
  EXPECT_FALSE(dialogue.take(std::string_view(line(far_too_many))));
  EXPECT_EQ(heard, 1U);
}

}  // namespace
}  // namespace halley::engine
