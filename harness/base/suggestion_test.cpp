#include "base/suggestion.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace halley {
namespace {

TEST(suggestion, the_nearest_name_is_suggested) {
  const std::vector<std::string> known = {"expect", "payload", "code-1002", "code-1008", "mask"};
  EXPECT_EQ(did_you_mean("expct", known), " (did you mean 'expect'?)");
  EXPECT_EQ(did_you_mean("paylaod", known), " (did you mean 'payload'?)");
  EXPECT_EQ(did_you_mean("code-1003", known), " (did you mean 'code-1002'?)");
  EXPECT_EQ(did_you_mean("maks", known), " (did you mean 'mask'?)");
}

TEST(suggestion, what_is_far_from_all_is_not_guessed) {
  EXPECT_EQ(did_you_mean("zebra", {"expect", "mask"}), "");
  EXPECT_EQ(did_you_mean("", {"expect"}), "");
  EXPECT_EQ(did_you_mean("x", {}), "");
  EXPECT_EQ(did_you_mean(std::string(1000, 'x'), {std::string(1001, 'x')}), "");
}

}  // namespace
}  // namespace halley
