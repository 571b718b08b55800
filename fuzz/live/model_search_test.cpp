#include "fuzz/live/model_search.hpp"

#include "clock/steady_clock.hpp"
#include "fuzz/live/simulated_stage.hpp"
#include "fuzz/models/all_models.hpp"
#include "fuzz/search.hpp"
#include "scenario/profile.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string>

namespace halley::fuzz {
namespace {

search_result searched(const std::set<std::string>& mutants,
                       std::size_t runs,
                       model_search::settings how = {}) {
  boost::asio::io_context context;
  clock::steady_clock wall(context.get_executor());
  simulated_stage on(1, mutants);
  how.most_commands = 16;
  model_search looking(on, wall, how);
  auto ended = looking.look(*find_model("websocket-session"), 1, runs, [] { return false; });
  EXPECT_EQ(looking.unjudged(), 0U);
  return ended;
}

TEST(ModelSearch, FindsWhatAStageDoesWrong) {
  const auto ended = searched({"rsv-ignored"}, 500);
  ASSERT_EQ(ended.broken, "");
  ASSERT_TRUE(ended.found);
  EXPECT_LE(ended.smallest->written.commands(), 3U);
}

TEST(ModelSearch, FindsNothingWhereNothingIs) {
  const auto ended = searched({}, 30);
  EXPECT_EQ(ended.broken, "");
  EXPECT_FALSE(ended.found);
  EXPECT_EQ(ended.runs, 30U);
}

TEST(ModelSearch, DropsWhatDoesNotComeTrueOftenEnough) {
  EXPECT_FALSE(searched({"rsv-ignored"}, 500, {.wanted = 3, .tries = 2}).found);
}

TEST(ModelSearch, SaysWhatATargetLacks) {
  const auto& model = *find_model("websocket-session");
  scenario::profile profile;
  EXPECT_EQ(lacks(model, profile), "capability ws.server");
  profile.capabilities = {{"ws.server", {scenario::capability_state::yes, {}}}};
  EXPECT_EQ(lacks(model, profile), "endpoint ws.echo");
  profile.endpoints = {{"ws.echo", "ws://127.0.0.1:1/"}};
  EXPECT_EQ(lacks(model, profile), "");
  profile.roles = {"client"};
  EXPECT_EQ(lacks(model, profile), "role server");
}

}  // namespace
}  // namespace halley::fuzz
