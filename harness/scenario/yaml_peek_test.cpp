#include "scenario/yaml_peek.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace halley::scenario {
namespace {

std::string peek(const std::string& text) {
  return peek_yaml(text, "id").value_or("(nothing)");
}

TEST(yaml_peek, finds_a_text_however_it_is_written) {
  EXPECT_EQ(peek("scenario: 1\nid: a/b\ntitle: x\n"), "a/b");
  EXPECT_EQ(peek("# id: x\n---\n\"id\": 'a/b'  # this\n"), "a/b");
  EXPECT_EQ(peek("{scenario: 1, id: a/b, title: x}"), "a/b");
  EXPECT_EQ(peek("id:\n  a/b\n"), "a/b");
}

TEST(yaml_peek, takes_only_a_key_of_the_outermost_mapping) {
  EXPECT_EQ(peek("steps:\n  - id: no\n  - [id, no]\nabout: |\n  id: no\nid: yes\n"), "yes");
  EXPECT_EQ(peek("about: id\ntitle: no\nid: yes\n"), "yes");
  EXPECT_EQ(peek("a: ~\nb: {id: no}\nc:\nid: yes\n"), "yes");
  EXPECT_EQ(peek("a: &x {id: no}\nb: *x\nid: yes\n"), "yes");
}

TEST(yaml_peek, looks_no_further_than_it_must) {
  EXPECT_EQ(peek("id: a/b\ntitle: [this never ends\n"), "a/b");
}

TEST(yaml_peek, finds_nothing_where_there_is_no_such_text) {
  for (const auto* text : {"", "title: x\n", "- id: no\n", "id: [a]\n", "id:\n", "no\n",
                           "title: [x\nid: no\n", "a: \"\nid: no\n", "id\n"})
    EXPECT_EQ(peek(text), "(nothing)") << text;
}

TEST(yaml_peek, does_not_follow_what_is_nested_too_deep) {
  EXPECT_EQ(peek("a: " + std::string(60, '[') + std::string(60, ']') + "\nid: yes\n"), "yes");
  EXPECT_EQ(peek("a: " + std::string(65, '[') + std::string(65, ']') + "\nid: no\n"), "(nothing)");
  EXPECT_EQ(peek("a: " + std::string(1'000'000, '[')), "(nothing)");
}

}  // namespace
}  // namespace halley::scenario
