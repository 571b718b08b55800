#include "fuzz/scenario_writer.hpp"

#include "fuzz/choices.hpp"
#include "fuzz/models/all_models.hpp"
#include "fuzz/search.hpp"
#include "scenario/load.hpp"
#include "scenario/value.hpp"
#include "scenario/yaml_reader.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

/// The tree that `yaml` is read as.
value read_back(const std::string& yaml) {
  std::vector<scenario::problem> problems;
  const auto tree =
      scenario::read_yaml(yaml, std::make_shared<const std::string>("written"), problems);
  EXPECT_TRUE(problems.empty()) << (problems.empty() ? "" : to_text(problems.front()));
  return tree.value_or(value{});
}

TEST(scenario_writer, quotes_what_would_not_be_text) {
  for (const std::string one : {"a: b", "true", "null", "12", "0x1f", "- a", "#", "", " a", "a\nb",
                                "\r\n", "\"", "\\", "é☄", "${key}", "{a}", "no", "a:", "\x01"}) {
    const auto tree = read_back("x: " + flow_text(map({{one.empty() ? "k" : one, text(one)}})));
    ASSERT_NE(tree.find("x"), nullptr) << one;
    const auto* entries = tree.find("x")->map();
    ASSERT_TRUE(entries != nullptr && entries->size() == 1) << one;
    ASSERT_NE(entries->front().second.text(), nullptr) << one;
    EXPECT_EQ(*entries->front().second.text(), one);
  }
}

TEST(scenario_writer, what_every_model_writes_reads_back_as_it_was) {
  for (const auto& one : all_models()) {
    for (std::uint32_t salt = 1; salt <= 20; ++salt) {
      std::vector<std::uint32_t> drawn(80);
      for (std::uint32_t i = 0; i < drawn.size(); ++i)
        drawn[i] = (i * 37 + salt * 101) % 251;
      const auto made = compose(one, choices(drawn), 32);
      if (!made.written.judges()) continue;
      const auto tree = read_back(made.written.yaml());
      EXPECT_TRUE(equal(tree, made.written.tree())) << one.name << '\n' << made.written.yaml();
      EXPECT_NO_THROW(made.written.decoded()) << one.name << '\n' << made.written.yaml();
    }
  }
}

TEST(scenario_writer, a_model_without_choices_writes_no_command) {
  for (const auto& one : all_models())
    EXPECT_EQ(compose(one, choices(std::vector<std::uint32_t>{}), 32).written.commands(), 0U)
        << one.name;
}

}  // namespace
}  // namespace halley::fuzz
