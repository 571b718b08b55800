#include "base/cut_text.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace halley {
namespace {

TEST(cut_text, cuts_between_code_points) {
  struct cut_case {
    const char* text;
    std::size_t limit;
    const char* left;
  };
  for (const auto& [text, limit, left] :
       {cut_case{"abc", 3, "abc"}, cut_case{"abcd", 3, "abc…"}, cut_case{"aé", 2, "a…"},
        cut_case{"aéb", 3, "aé…"}, cut_case{"€uro", 2, "…"}, cut_case{"", 0, ""}}) {
    std::string one = text;
    cut_text(one, limit);
    EXPECT_EQ(one, left) << text << " to " << limit;
  }
}

}  // namespace
}  // namespace halley
