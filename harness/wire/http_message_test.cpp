#include "wire/http_message.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace halley::wire {
namespace {

const field_section fields{{
    {.name = "Via", .value = "a", .raw = ""},
    {.name = "Connection", .value = "keep-alive, \"Close", .raw = ""},
    {.name = "VIA", .value = "", .raw = ""},
    {.name = "connection", .value = "UPGRADE", .raw = ""},
    {.name = "via", .value = "b", .raw = ""},
}};

TEST(http_message, names_compare_without_case_and_values_keep_their_order) {
  EXPECT_TRUE(fields.has("vIA"));
  EXPECT_FALSE(fields.has("Vi"));
  EXPECT_EQ(fields.first("via"), "a");
  EXPECT_EQ(fields.first("Host"), std::nullopt);
  EXPECT_EQ(fields.all("via"), (std::vector<octets>{"a", "", "b"}));
  EXPECT_TRUE(fields.all("Host").empty());
}

TEST(http_message, values_are_combined_with_commas) {
  EXPECT_EQ(fields.combined("via"), "a, , b");
  EXPECT_EQ(fields.combined("Host"), std::nullopt);
}

TEST(http_message, a_token_is_found_in_any_line_even_behind_an_unfinished_quote) {
  EXPECT_TRUE(fields.has_token("Connection", "upgrade"));
  EXPECT_TRUE(fields.has_token("Connection", "Keep-Alive"));
  EXPECT_FALSE(fields.has_token("Connection", "close"));
}

TEST(http_message, versions_have_an_order) {
  EXPECT_LT((http_version{1, 0}), (http_version{1, 1}));
  EXPECT_LT((http_version{1, 1}), (http_version{2, 0}));
}

}  // namespace
}  // namespace halley::wire
