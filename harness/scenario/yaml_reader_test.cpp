#include "scenario/yaml_reader.hpp"

#include "scenario/load.hpp"
#include "scenario/value.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {
namespace {

using namespace std::string_literals;

struct outcome {
  std::optional<value> tree;
  std::vector<problem> problems;

  /// "3:5 text" of each problem, one a line.
  std::string said() const {
    std::string result;
    for (const auto& one : problems)
      result += (result.empty() ? "" : "\n") + std::to_string(one.at.line) + ":" +
                std::to_string(one.at.column) + " " + one.text;
    return result;
  }
};

outcome read(const std::string& text, const yaml_limits& limits = {}) {
  outcome result;
  result.tree =
      read_yaml(text, std::make_shared<const std::string>("x.yaml"), result.problems, limits);
  return result;
}

std::string where(const location& at) {
  return std::to_string(at.line) + ":" + std::to_string(at.column);
}

TEST(yaml_reader, scalars_follow_the_core_schema) {
  const auto got = read(
      "a: 12\nb: -3\nc: 010\nd: no\ne: on\nf: 12:30\ng: true\nh: \"true\"\ni: '7'\nj: ~\nk:\nl: "
      "0x1F\nm: 1.5\nn: True\no: -0\np: 99999999999999999999\nq: 0\nr: null\n");
  ASSERT_TRUE(got.tree) << got.said();
  const auto& tree = *got.tree;
  EXPECT_EQ(*tree.find("a")->integer(), 12);
  EXPECT_EQ(*tree.find("b")->integer(), -3);
  EXPECT_EQ(*tree.find("q")->integer(), 0);
  EXPECT_TRUE(*tree.find("g")->boolean());
  for (const auto* key : {"j", "k", "r"})
    EXPECT_TRUE(tree.find(key)->null()) << key;
  const std::vector<std::pair<std::string, std::string>> texts = {{"c", "010"},
                                                                  {"d", "no"},
                                                                  {"e", "on"},
                                                                  {"f", "12:30"},
                                                                  {"h", "true"},
                                                                  {"i", "7"},
                                                                  {"l", "0x1F"},
                                                                  {"m", "1.5"},
                                                                  {"n", "True"},
                                                                  {"o", "-0"},
                                                                  {"p", "99999999999999999999"}};
  for (const auto& [key, text] : texts) {
    ASSERT_NE(tree.find(key)->text(), nullptr) << key;
    EXPECT_EQ(*tree.find(key)->text(), text);
  }
}

TEST(yaml_reader, each_value_and_key_knows_its_place) {
  const auto got = read("# first\na:\n  - {bc: 1, d: [x]}\n");
  ASSERT_TRUE(got.tree) << got.said();
  const auto& list = *got.tree->find("a");
  const auto& entry = (*list.list())[0];
  EXPECT_EQ(where(list.key_at), "2:1");
  EXPECT_EQ(where(entry.at), "3:5");
  EXPECT_EQ(where(entry.find("bc")->key_at), "3:6");
  EXPECT_EQ(where(entry.find("bc")->at), "3:10");
  EXPECT_EQ(where((*entry.find("d")->list())[0].at), "3:17");
  EXPECT_EQ(*entry.at.file, "x.yaml");
}

TEST(yaml_reader, aliases_stand_for_what_they_name) {
  const auto got = read("a: &x [1, {b: c}]\nd: *x\n");
  ASSERT_TRUE(got.tree) << got.said();
  EXPECT_TRUE(equal(*got.tree->find("a"), *got.tree->find("d")));
  EXPECT_EQ(where(got.tree->find("d")->at), "1:4");
  EXPECT_EQ(where(got.tree->find("d")->key_at), "2:1");
}

TEST(yaml_reader, keys_are_text_whatever_they_look_like) {
  const auto got = read("1: a\ntrue: b\nno: c\n");
  ASSERT_TRUE(got.tree) << got.said();
  EXPECT_EQ(*got.tree->find("1")->text(), "a");
  EXPECT_EQ(*got.tree->find("true")->text(), "b");
  EXPECT_EQ(*got.tree->find("no")->text(), "c");
}

TEST(yaml_reader, a_tab_inside_of_a_block_scalar_is_content) {
  const auto got = read("a: |\n  GET / HTTP/1.1\n  X: 1\n  \tfolded\nb: >-  # more\n  x\n  \ty\n");
  ASSERT_TRUE(got.tree) << got.said();
  EXPECT_EQ(*got.tree->find("a")->text(), "GET / HTTP/1.1\nX: 1\n\tfolded\n");
}

TEST(yaml_reader, what_is_wrong_is_said_with_its_place) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"a: 1\nb: 2\na: 3\nb: 4\n",
       "3:1 duplicate key 'a' (first at line 1)\n4:1 duplicate key 'b' (first at line 2)"},
      {"{a: 1, a: 2}", "1:8 duplicate key 'a' (first at line 1)"},
      {"a:\n\tb: 1\n", "2:1 a tab cannot indent YAML; use spaces"},
      {"a:\n  \tb: 1\n", "2:3 a tab cannot indent YAML; use spaces"},
      {"a: |\n\tb\n", "2:1 a tab cannot indent YAML; use spaces"},
      {"a: |\n  b\n\tc: 1\n", "3:1 a tab cannot indent YAML; use spaces"},
      {"a: !foo 1\n", "1:4 tags are not allowed"},
      {"a: !!str 1\n", "1:4 tags are not allowed"},
      {"a: !!map {}\n", "1:4 tags are not allowed"},
      {"a: &x {b: 1}\nc:\n  <<: *x\n", "3:3 merge keys are not allowed"},
      {"[1, 2]: 3\n", "1:1 a key must be text"},
      {"a: 1\n---\nb: 2\n", "2:1 a file holds one document; '---' begins another"},
      {"", "1:1 the file is empty"},
      {"# nothing\n", "1:1 the file is empty"},
      {"a: &x [*x]\n", "1:8 an alias stands inside of what it names"},
      {"a: \xC3\n", "1:4 this is not UTF-8"},
      {"a: \xED\xA0\x80\n", "1:4 this is not UTF-8"},
      {"a: b\x01\n", "1:5 a control character; write it with an escape, for example \"\\x00\""},
      {"a: b\0c\n"s, "1:5 a control character; write it with an escape, for example \"\\x00\""},
      {"a: [1,\n", "2:1 YAML: end of sequence flow not found"},
      {"a: 1\n b: 2\n", "2:3 YAML: illegal map value"},
      {"a: *nobody\n", "1:4 YAML: the referenced anchor is not defined"},
  };
  for (const auto& [text, said] : table)
    EXPECT_EQ(read(text).said(), said) << text;
}

TEST(yaml_reader, each_limit_is_kept) {
  EXPECT_EQ(read("a: 12345", {.octets = 8}).said(), "");
  EXPECT_EQ(read("a: 123456", {.octets = 8}).said(), "1:1 larger than 8 octets");
  EXPECT_EQ(read("[[[1]]]", {.depth = 3}).said(), "");
  EXPECT_EQ(read("[[[[1]]]]", {.depth = 3}).said(), "1:4 nested deeper than 3 levels");
  EXPECT_EQ(read("a: &x [[1]]\nb: [*x]", {.depth = 3}).said(), "2:5 nested deeper than 3 levels");
  EXPECT_FALSE(read(std::string(100'000, '[')).tree);
  EXPECT_FALSE(read(std::string(100'000, '{')).tree);
}

TEST(yaml_reader, aliases_that_multiply_are_stopped) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const auto last = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int n = 0; n < 9; ++n)
      text += ", " + last;
    text += "]\n";
  }
  const auto got = read(text);
  EXPECT_FALSE(got.tree);
  EXPECT_EQ(got.said(), "5:45 the aliases stand for more than 100000 nodes");
}

}  // namespace
}  // namespace halley::scenario
