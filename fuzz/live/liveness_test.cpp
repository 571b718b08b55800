#include "fuzz/live/liveness.hpp"

#include "clock/steady_clock.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/campaign.hpp"
#include "fuzz/live/holding.hpp"
#include "fuzz/live/probe.hpp"
#include "fuzz/live/simulated_stage.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/live/suspicion.hpp"
#include "fuzz/outcome.hpp"
#include "scenario/scenario.hpp"
#include "transport/runtime.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace std::chrono_literals;

/// The simulated gateway as if it were a process of its own: it lives on from slice to slice, and
/// holds what the test says.
class lasting_stage final : public stage {
public:
  explicit lasting_stage(std::set<std::string> mutants) : gateway_(1, std::move(mutants)) {}

  transport::runtime& runtime() override { return gateway_.runtime(); }
  const std::vector<stand>& stands() const override { return gateway_.stands(); }
  void run(const std::function<bool()>& done) override { gateway_.run(done); }
  bool simulated() const override { return false; }
  outcome play(const std::shared_ptr<const scenario::scenario>& what,
               const watcher& tell = {}) override {
    return gateway_.play(what, tell);
  }
  std::string crashed() override {
    return std::exchange(looked_at_, false) && restarts == 0 ? dies_when_looked_at : "";
  }
  std::optional<holding> held() override {
    looked_at_ = true;
    now.memory += grows;
    if (!descriptors.empty()) {
      now.descriptors = descriptors.front();
      descriptors.pop_front();
    }
    return now;
  }
  bool restart() override {
    ++restarts;
    gateway_.renew();
    ++now.who;
    now.memory = 0;
    return true;
  }

  holding now{.who = 1, .memory = 0, .descriptors = 0};
  std::uint64_t grows = 0;              ///< from look to look
  std::deque<std::size_t> descriptors;  ///< of the next looks
  std::size_t restarts = 0;
  std::string dies_when_looked_at;  ///< how it ends, if it does

private:
  bool looked_at_ = false;
  simulated_stage gateway_;
};

campaign_settings settings(std::uint64_t runs) {
  campaign_settings result;
  result.runs = runs;
  result.jobs = 8;
  result.most_findings = 1;
  result.proof.quick.quiet = result.proof.slow.quiet = 5s;
  result.proof.quick.whole = result.proof.slow.whole = 60s;
  result.proof.most_time = 20s;
  return result;
}

std::vector<proof> searched(stage& on, const campaign_settings& how) {
  boost::asio::io_context context;
  clock::steady_clock wall(context.get_executor());
  const corpus nothing;
  std::vector<const grammar*> http;
  for (const auto& one : all_grammars())
    if (one.name == "http") http.push_back(&one);
  std::vector<proof> found;
  campaign looking(on, http, nothing, wall, how);
  looking.run([&](const proof& one) { found.push_back(one); },
              [](const campaign_figures&) { return true; });
  return found;
}

TEST(Liveness, SeesATargetThatAnswersNoMore) {
  // Two resets take all connections that this one has.
  lasting_stage on({"reset-leaks-slot"});
  const auto found = searched(on, settings(200));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().key.requirement, "liveness");
  EXPECT_EQ(found.front().key.variant, "probe-unanswered");
  ASSERT_FALSE(found.front().last.empty());
  EXPECT_EQ(found.front().last.back(), found.front().smallest);
  // It serves again: once to find out, once behind that.
  EXPECT_EQ(on.restarts, 2U);
}

TEST(Liveness, CallsWhatEndedMeanwhileACrash) {
  lasting_stage on({"reset-leaks-slot"});
  on.dies_when_looked_at = "exited with code 1";
  const auto found = searched(on, settings(200));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().key, (finding_key{"crash", "exited with code 1"}));
}

TEST(Liveness, SaysNothingOfATargetThatServes) {
  lasting_stage on({});
  EXPECT_TRUE(searched(on, settings(200)).empty());
  EXPECT_EQ(on.restarts, 0U);
}

TEST(Liveness, SeesATargetThatGrows) {
  lasting_stage on({});
  on.grows = 600;
  boost::asio::io_context context;
  clock::steady_clock wall(context.get_executor());
  const corpus nothing;
  liveness watching(on, nothing, wall, {.growth = {.memory = 1000, .descriptors = 64, .looks = 2}});
  watching.begin();
  std::optional<proof> seen;
  for (int looks = 0; looks < 4 && !seen; ++looks)
    seen = watching.look();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->key.variant, "memory-grows");
  watching.find_out({}, settings(1).proof.quick, 1s, *seen);
  EXPECT_EQ(on.restarts, 1U);
  EXPECT_FALSE(watching.look());
}

TEST(Liveness, WaitsForWhatATargetHoldsForAWhile) {
  lasting_stage on({});
  // The third look that is too much leaves it alone until it has given back what lingered.
  on.descriptors = {5, 500, 500, 500, 400, 200, 60, 900, 900, 900, 900};
  boost::asio::io_context context;
  clock::steady_clock wall(context.get_executor());
  const corpus nothing;
  liveness watching(on, nothing, wall, {.growth = {.descriptors = 64, .looks = 3}, .rest = 10s});
  watching.begin();
  for (int looks = 0; looks < 8; ++looks)
    EXPECT_FALSE(watching.look()) << looks;
  EXPECT_TRUE(on.descriptors.empty());
  // What is more than twice of that, and stays, is kept.
  on.now.descriptors = 2000;
  EXPECT_FALSE(watching.look());
  EXPECT_FALSE(watching.look());
  const auto seen = watching.look();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->key.variant, "descriptors-grow");
}

TEST(Probe, IsAnOpeningHandshakeWhereThereIsNothingElse) {
  const lasting_stage on({});
  std::vector<stand> stands;
  for (const stand& one : on.stands())
    if (one.at.contract.starts_with("ws.")) stands.push_back(one);
  const auto made = probe_of(stands);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->what.at.contract, "ws.echo");
  EXPECT_NE(made->what.acts.front().data.find("Sec-WebSocket-Key"), std::string::npos);
  EXPECT_FALSE(probe_of({}));
}

}  // namespace
}  // namespace halley::fuzz
