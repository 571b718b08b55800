#include "wire/wire_error.hpp"

#include "base/ascii.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>

namespace halley::wire {
namespace {

constexpr auto count = static_cast<std::size_t>(wire_error::event_stream_line_too_long) + 1;

TEST(wire_error, every_value_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view one = name(static_cast<wire_error>(i));
    EXPECT_TRUE(std::ranges::all_of(one, [](char c) {
      return (c >= 'a' && c <= 'z') || c == '_' || ascii::is_digit(c);
    })) << one;
    EXPECT_TRUE(names.insert(one).second) << one;
  }
  EXPECT_EQ(name(wire_error::bad_chunk_size), "bad_chunk_size");
  EXPECT_EQ(name(wire_error::reserved_bit), "reserved_bit");
}

TEST(wire_error, every_message_is_a_sentence_with_its_section) {
  std::set<std::string_view> messages;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view one = message(static_cast<wire_error>(i));
    EXPECT_TRUE(one.ends_with(").")) << one;
    EXPECT_NE(one.find("§"), std::string_view::npos) << one;
    EXPECT_TRUE(messages.insert(one).second) << one;
  }
}

}  // namespace
}  // namespace halley::wire
