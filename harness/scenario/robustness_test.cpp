// Property: no text makes the reader crash, hang, or fall silent about what it refuses.
#include "base/random.hpp"
#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/load.hpp"
#include "scenario/scenario.hpp"
#include "scenario/scenario_test_support.hpp"
#include "scenario/yaml_reader.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace halley::scenario {
namespace {

std::string text_of(const std::string& name) {
  std::ifstream in(test_library() / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Whether `text` was read without a problem; what was refused without one fails the test.
bool survives(const std::string& text) {
  static const auto name = std::make_shared<const std::string>("x.yaml");
  decoding with;
  const auto tree = read_yaml(text, name, with.problems);
  if (!tree) {
    EXPECT_FALSE(with.problems.empty()) << text;
    return false;
  }
  scenario into;
  const bool good = scenario_file().decode(*tree, into, with);
  EXPECT_TRUE(good || !with.problems.empty()) << text;
  for (const auto& one : with.problems) {
    EXPECT_GE(one.at.line, 1);
    EXPECT_GE(one.at.column, 1);
  }
  return good && with.problems.empty();
}

TEST(robustness, the_file_itself_is_good) {
  EXPECT_TRUE(survives(text_of("door/answer.yaml")));
  EXPECT_TRUE(survives(text_of("chat/client.yaml")));
}

TEST(robustness, every_prefix_is_read_or_refused) {
  for (const auto* name : {"door/answer.yaml", "chat/client.yaml"}) {
    const auto text = text_of(name);
    std::size_t good = 0;
    for (std::size_t length = 0; length < text.size(); ++length)
      if (survives(text.substr(0, length))) ++good;
    EXPECT_GT(good, 0U);
    EXPECT_LT(good, text.size());
  }
}

TEST(robustness, every_mutation_of_one_octet_is_read_or_refused) {
  constexpr int rounds = 2000;
  random_source random(7);
  const auto text = text_of("door/answer.yaml");
  const std::string telling = "\t\n :-{}[],&*!|>'\"%@`#?$~\\<=";
  int good = 0;
  for (int i = 0; i < rounds; ++i) {
    auto mutated = text;
    const auto at = random.below(text.size());
    mutated[at] = random.below(2) == 0 ? static_cast<char>(random.below(256))
                                       : telling[random.below(telling.size())];
    if (survives(mutated)) ++good;
  }
  EXPECT_GT(good, 0);
  EXPECT_LT(good, rounds);
}

}  // namespace
}  // namespace halley::scenario
