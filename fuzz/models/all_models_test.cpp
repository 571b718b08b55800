// Each model against the gateway, and against the bug that was planted for it.
#include "fuzz/models/all_models.hpp"

#include "fuzz/choices.hpp"
#include "fuzz/exporter.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/search.hpp"
#include "fuzz/sim_runner.hpp"
#include "scenario/load.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace halley::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t seed = 1;
constexpr std::size_t enough_runs = 2000;
constexpr std::size_t few_commands = 8;

class each_model : public testing::TestWithParam<model_entry> {
protected:
  static search_settings settings() {
    search_settings how;
    how.seed = seed;
    how.runs = enough_runs;
    how.mutants = {std::string(GetParam().planted)};
    return how;
  }
  static fs::path folder() {
    return fs::path(testing::TempDir()) / ("halley-" + std::string(GetParam().name));
  }
};

TEST_P(each_model, finds_nothing_in_the_gateway_as_it_is) {
  auto how = settings();
  how.mutants.clear();
  how.runs = 60;
  const auto ended = search(GetParam(), how);
  EXPECT_EQ(ended.broken, "");
  EXPECT_FALSE(ended.found) << ended.found->requirement << ": got " << ended.found->got
                            << ", expected " << ended.found->expected << '\n'
                            << ended.smallest->written.yaml();
}

/// The model whose fault shows soonest: sanitizers are slow. ci/models does the same with all.
class soonest_model : public each_model {};

TEST_P(soonest_model, finds_the_bug_that_was_planted_for_it_and_shows_it_in_few_commands) {
  const auto ended = search(GetParam(), settings());
  ASSERT_EQ(ended.broken, "");
  ASSERT_TRUE(ended.found);
  EXPECT_LE(ended.smallest->written.commands(), few_commands) << ended.smallest->written.yaml();

  origin from;
  from.model = GetParam().name;
  from.seed = seed;
  from.choices = ended.smallest->drawn;
  sim_runner mutant(settings().mutants);
  const auto made = export_finding(
      ended.smallest->written, from, *ended.found,
      [&](const auto& again) { return mutant.play(again, from.seed); }, folder());
  EXPECT_EQ(made.problem, "");

  // The gateway itself passes what its mutant fails.
  const auto library = scenario::load_library({}, {made.file});
  ASSERT_EQ(library.scenarios.size(), 1U);
  sim_runner gateway({});
  const auto passed = gateway.play(library.scenarios.front(), seed);
  EXPECT_EQ(passed.broken, "");
  EXPECT_FALSE(passed.found) << passed.found->got;
  fs::remove_all(folder());
}

TEST_P(soonest_model, finds_the_same_with_the_same_seed) {
  const auto first = search(GetParam(), settings());
  const auto again = search(GetParam(), settings());
  ASSERT_TRUE(first.found && again.found);
  EXPECT_EQ(first.runs, again.runs);
  EXPECT_EQ(first.smallest->drawn, again.smallest->drawn);
}

std::string name_of(const testing::TestParamInfo<model_entry>& one) {
  std::string result(one.param.name);
  for (char& c : result)
    if (c == '-') c = '_';
  return result;
}

INSTANTIATE_TEST_SUITE_P(models,
                         each_model,
                         testing::ValuesIn(all_models().begin(), all_models().end()),
                         name_of);

INSTANTIATE_TEST_SUITE_P(models,
                         soonest_model,
                         testing::Values(*find_model("longpoll-cursor")),
                         name_of);

TEST(models, have_names_of_their_own) {
  std::set<std::string_view> names;
  for (const auto& one : all_models())
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
  EXPECT_EQ(find_model("no-such-model"), nullptr);
}

TEST(exporter, says_so_where_a_file_does_not_show_what_it_is_said_to_show) {
  const auto& model = *find_model("sse-resume");
  const auto good = compose(model, choices(std::vector<std::uint32_t>{1, 1, 1, 1}), 4);
  ASSERT_GT(good.written.commands(), 0U);
  const auto folder = fs::path(testing::TempDir()) / "halley-exporter";
  sim_runner gateway({});
  const finding invented{"delivery", "other", {}, {}};
  const auto made = export_finding(
      good.written, {}, invented, [&](const auto& again) { return gateway.play(again, 0); },
      folder);
  EXPECT_TRUE(made.is_ours);
  EXPECT_NE(made.problem, "");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace halley::fuzz
