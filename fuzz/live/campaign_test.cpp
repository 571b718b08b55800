#include "fuzz/live/campaign.hpp"

#include "base/bytes.hpp"
#include "clock/steady_clock.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/exchange_scenario.hpp"
#include "fuzz/live/notebook.hpp"
#include "fuzz/live/play_alone.hpp"
#include "fuzz/live/prover.hpp"
#include "fuzz/live/second_look.hpp"
#include "fuzz/live/simulated_stage.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/live/suspicion.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace std::chrono_literals;

std::vector<const grammar*> grammars(const std::set<std::string_view>& names) {
  std::vector<const grammar*> result;
  for (const auto& one : all_grammars())
    if (names.contains(one.name)) result.push_back(&one);
  return result;
}

campaign_settings settings(std::uint64_t runs) {
  campaign_settings result;
  result.runs = runs;
  result.proof.quick.quiet = result.proof.slow.quiet = 5s;
  result.proof.quick.whole = result.proof.slow.whole = 60s;
  result.proof.most_time = 1h;
  result.proof.most_plays = 300;
  return result;
}

struct search {
  std::vector<proof> found;
  campaign_figures figures;
};

search searched(const std::set<std::string>& mutants,
                const std::set<std::string_view>& names,
                campaign_settings how,
                bool against_gateway = false) {
  boost::asio::io_context context;
  clock::steady_clock wall(context.get_executor());
  simulated_stage on(how.seed, mutants);
  simulated_stage gateway(how.seed, {});
  if (against_gateway) how.others.push_back({"gateway", &gateway});
  const corpus nothing;
  search result;
  campaign looking(on, grammars(names), nothing, wall, how);
  result.figures = looking.run([&](const proof& one) { result.found.push_back(one); },
                               [](const campaign_figures&) { return true; });
  return result;
}

TEST(Campaign, FindsNothingAtTheGateway) {
  const auto ended = searched({}, {"http", "websocket", "sse", "mutated"}, settings(2000), true);
  EXPECT_EQ(ended.figures.played, 2000U);
  EXPECT_GT(ended.figures.turns, 100U);
  for (const proof& one : ended.found)
    ADD_FAILURE() << one.key.requirement << " " << one.key.variant << ": "
                  << scenario_of(one, "found/a/b").yaml();
}

TEST(Campaign, FindsWhatIsWrongAndMakesItSmall) {
  auto how = settings(50'000);
  how.most_findings = 1;
  const auto ended = searched({"rsv-ignored"}, {"websocket"}, how);
  ASSERT_EQ(ended.found.size(), 1U);
  EXPECT_EQ(ended.found.front().key.requirement, "rfc6455/5.2-rsv");
  EXPECT_LE(ended.found.front().smallest.acts.size(), 4U);
}

TEST(Campaign, FindsTheSameAgain) {
  auto how = settings(50'000);
  how.most_findings = 1;
  const auto first = searched({"accepts-no-host"}, {"http"}, how);
  const auto second = searched({"accepts-no-host"}, {"http"}, how);
  ASSERT_EQ(first.found.size(), 1U);
  ASSERT_EQ(second.found.size(), 1U);
  EXPECT_EQ(first.found.front().smallest, second.found.front().smallest);
  EXPECT_EQ(first.figures.played, second.figures.played);
}

TEST(Campaign, KnowsWhatWasFoundBeforeWhenItGoesOn) {
  auto how = settings(50'000);
  how.most_findings = 1;
  const auto first = searched({"rsv-ignored"}, {"websocket"}, how);
  ASSERT_EQ(first.found.size(), 1U);
  boost::asio::io_context context;
  clock::steady_clock wall(context.get_executor());
  simulated_stage on(how.seed, {"rsv-ignored"});
  const corpus nothing;
  how.most_findings = 2;
  how.runs = first.figures.played + 500;
  campaign looking(on, grammars({"websocket"}), nothing, wall, how);
  notebook::content before;
  before.played = first.figures.played;
  before.all_found.push_back({first.found.front().key, {"websocket", "ws.echo", {}}});
  looking.resume(before);
  const auto ended =
      looking.run([&](const proof& one) { EXPECT_NE(one.key, first.found.front().key); },
                  [](const campaign_figures&) { return true; });
  EXPECT_GT(ended.played, first.figures.played);
}

TEST(SecondLook, SeesWhereTwoTargetsPart) {
  simulated_stage on(1, {"accepts-no-host"});
  simulated_stage gateway(1, {});
  second_look looking(on, {{"gateway", &gateway}});
  const auto patience = settings(1).proof.slow;
  const stand& root = *std::ranges::find_if(
      on.stands(), [](const stand& one) { return one.at.contract == "http.root"; });
  const auto seen_in = [&](const std::string& kind, const octets& fields) {
    const exchange what{
        root.at,
        {{act::kind::write, "GET " + root.at.path + " HTTP/1.1\r\n" + fields + "\r\n", {}}},
        {}};
    const auto first = play_alone(on, what, root.to, patience);
    const auto found = looking.look(kind, what, first, patience);
    return found ? found->variant : std::string();
  };
  EXPECT_EQ(seen_in("differs-from-gateway", ""), "status-200-400");
  EXPECT_EQ(seen_in("differs-from-gateway", "Host: a\r\n"), "");
  EXPECT_EQ(seen_in("segmentation", ""), "");
}

TEST(SecondLook, CutsOtherwise) {
  const exchange what{{"http.root", "a", "/"},
                      {{act::kind::write, "ab", {}},
                       {act::kind::answer, {}, {}},
                       {act::kind::write, "c", {}},
                       {act::kind::pause, {}, 3ms},
                       {act::kind::write, "d", {}}},
                      {}};
  const exchange wanted{{"http.root", "a", "/"},
                        {{act::kind::write, "a", {}},
                         {act::kind::write, "b", {}},
                         {act::kind::answer, {}, {}},
                         {act::kind::write, "cd", {}}},
                        {}};
  EXPECT_EQ(cut_otherwise(what), wanted);
}

}  // namespace
}  // namespace halley::fuzz
