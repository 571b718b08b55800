#include "wire/chunked.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace halley::wire {
namespace {

TEST(chunked, extensions_of_the_grammar_are_right) {
  for (const octet_view right :
       {"", ";a", ";a=b", " ;a", "\t; a\t=\tb", ";a;b;c=1", ";a=\"\"", ";a=\"x y;=\"",
        ";a=\"\\\"\"", ";a=\"\\\\\";b", ";a=\"\xC3\xA4\" ;b", ";!#$%&'*+-.^_`|~=0"})
    EXPECT_EQ(wrong_in_extension(right), std::nullopt) << right;
}

TEST(chunked, other_extensions_are_wrong_at_their_first_wrong_octet) {
  using namespace std::string_literals;
  const std::vector<std::pair<octets, std::size_t>> cases = {
      {" ", 0},         {";", 1},           {"; ", 2},          {"a", 0},
      {";a ", 2},       {";a b", 2},        {";a=", 3},         {";a= ", 4},
      {";=b", 1},       {";a;;b", 3},       {";a=b c", 4},      {";a=\"", 4},
      {";a=\"x", 5},    {";a=\"\\", 5},     {";a=\"\x01\"", 4}, {";a=\"\\\0\""s, 5},
      {";a=\"x\"y", 6}, {";a=\"\x7F\"", 4}, {";a=b=c", 4},      {";(", 1},
  };
  for (const auto& [text, at] : cases)
    EXPECT_EQ(wrong_in_extension(text), at) << text;
}

}  // namespace
}  // namespace halley::wire
