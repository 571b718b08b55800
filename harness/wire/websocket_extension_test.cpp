#include "wire/websocket_extension.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace halley::wire {
namespace {

TEST(websocket_extension, reads_names_parameters_and_quoted_values) {
  const auto plain = parse_extension("foo");
  ASSERT_TRUE(plain);
  EXPECT_EQ(*plain, (extension{"foo", {}}));

  const auto full = parse_extension(" foo ;a; b = 1;c=\"x\\y\" ");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->name, "foo");
  ASSERT_EQ(full->parameters.size(), 3U);
  EXPECT_EQ(full->parameters[0], (extension_parameter{"a", {}}));
  EXPECT_EQ(full->parameters[1], (extension_parameter{"b", "1"}));
  EXPECT_EQ(full->parameters[2], (extension_parameter{"c", "xy"}));
  EXPECT_EQ(full->find("b"), &full->parameters[1]);
  EXPECT_EQ(full->find("d"), nullptr);
}

TEST(websocket_extension, refuses_what_the_grammar_does_not_have) {
  for (const octet_view bad :
       {"", ";", "foo;", "foo;;a", "fo o", "foo;a=", "foo;=1", "foo;a=1 2", "foo;a=\"", "foo;a=\"1",
        "foo;a=\"1\"2", "foo;a=\"\"", "foo;a=\"1;2\"", "foo;a=\"1 2\"", "foo;a=\"\\", "foo;a b"})
    EXPECT_FALSE(parse_extension(bad)) << bad;
}

}  // namespace
}  // namespace halley::wire
