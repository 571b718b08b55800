// What a player makes of a client under test: what it tells, and what becomes of its driver.
#include "clock/clock.hpp"
#include "engine/client_driver.hpp"
#include "engine/player.hpp"
#include "engine/playing_test_support.hpp"
#include "engine/stall_watch.hpp"
#include "engine/target.hpp"
#include "engine/verdict.hpp"
#include "scenario/profile.hpp"
#include "trace/event.hpp"
#include "transport/tcp_runtime.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// Answers each command as it was told to, and tells events before.
class scripted_driver final : public client_driver {
public:
  std::vector<json> tells;        ///< at the first command
  driver_answer answers;          ///< to each command but the last
  driver_answer ends;             ///< to the end of the session
  bool sees = true;               ///< what the application sees
  std::vector<json> commands;     ///< that came
  std::vector<std::string> left;  ///< sessions that ended

  awaitable<std::string> start() override { co_return std::string(); }
  awaitable<void> stop() override { co_return; }
  void attach(const std::string& /*session*/, listener heard) override {
    heard_ = std::move(heard);
  }
  awaitable<driver_answer> command(json what, instant /*until*/) override {
    commands.push_back(std::move(what));
    const auto all = std::exchange(tells, {});
    for (const auto& one : all)
      heard_(one);
    co_return answers;
  }
  awaitable<driver_answer> end(std::string session, instant /*until*/) override {
    left.push_back(session);
    co_return ends;
  }
  void detach(const std::string& session) override { left.push_back(session); }
  bool observes() const override { return sees; }

private:
  listener heard_;
};

struct played_session {
  instance_result result;
  std::vector<trace::event> told;
};

played_session play(const std::shared_ptr<scripted_driver>& driver, const std::string& steps) {
  const auto what = only_instance(
      "scenario: 1\nid: s/a\ntitle: x\nsut: client\n"
      "requirements: {right: {ref: r, level: MUST, says: s}}\n"
      "actors: {server: {plays: server, listen: auto}}\nsteps:\n" +
      steps);
  boost::asio::io_context context;
  transport::tcp_runtime world(context, 1);
  scenario::profile profile;
  profile.roles = {"client"};
  profile.timing.within = 100ms;
  target tested(world, profile, {});
  if (driver) tested.drive_with(driver);
  const stall_watch stalls(world.time());
  player played(world, tested, what, {}, stalls);
  played_session end;
  player::recorder recorder = [&end](trace::event& one) {
    one.seq = end.told.size() + 1;
    end.told.push_back(one);
  };
  end.result = played_to_the_end(context, played.play(std::move(recorder)));
  return end;
}

const char* const connect =
    "  - drive: {do: ws.connect, to: \"ws://${server.authority}/\", protocols: [a, 1], echo: "
    "true}\n";
const char* const expect_a =
    "  - {as: sut, expect: {event: {app.message: {text: a}}, violates: [right]}}\n";

json message(const std::string& text) {
  return {{"event", "app.message"}, {"text", text}};
}

TEST(client_session, commands_are_resolved_and_what_is_told_is_matched_in_order) {
  const auto driver = std::make_shared<scripted_driver>();
  driver->tells = {{{"event", "app.open"}, {"protocol", "a"}},
                   message("a"),
                   {{"event", "app.message"}, {"base64", "AP8="}},
                   {{"event", "app.message"}, {"data", "7"}, {"type", "tick"}, {"id", "x"}},
                   {{"event", "app.close"}, {"code", 1006}, {"reason", ""}, {"clean", false}}};
  const auto end = play(
      driver,
      std::string(connect) +
          "  - {as: sut, expect: {event: {app.open: {protocol: a, extensions: absent}}}}\n" +
          expect_a +
          "  - {as: sut, expect: {event: {app.message: {payload: {hex: 00ff}, text: absent, size: "
          "2}}}}\n"
          "  - {as: sut, collect: {event: {app.message: {event: tick}}, count: 1, into: ticks, "
          "violates: [right]}}\n"
          "  - {assert: {equal: [\"${ticks.last.id}\", x], violates: [right]}}\n"
          "  - {as: sut, expect: {event: {app.close: {code: 1006, clean: false}}}}\n"
          "  - {as: sut, expect: {event: {silence: {for: 20ms}}}}\n"
          "  - drive: {do: ws.send, binary: {hex: 00ff}}\n"
          "  - drive: {do: close, code: 1000}\n");
  EXPECT_EQ(end.result.is, verdict::pass) << end.result.skip_from << end.result.error_text;
  ASSERT_EQ(driver->commands.size(), 3U);
  EXPECT_EQ(driver->commands[0]["protocols"], (json{"a", "1"}));
  EXPECT_EQ(driver->commands[0]["echo"], true);
  EXPECT_TRUE(driver->commands[0]["to"].get<std::string>().starts_with("ws://127.0.0.1:"));
  EXPECT_EQ(driver->commands[1]["base64"], "AP8=");
  EXPECT_EQ(driver->commands[2]["code"], 1000);
  EXPECT_EQ(driver->left, std::vector<std::string>{driver->commands[0]["session"]});
}

TEST(client_session, a_violation_points_at_what_was_told) {
  const auto driver = std::make_shared<scripted_driver>();
  driver->tells = {message("b")};
  const auto end = play(driver, std::string(connect) + expect_a);
  EXPECT_EQ(end.result.is, verdict::fail);
  ASSERT_EQ(end.result.violations.size(), 1U);
  const auto& broken = end.result.violations[0];
  EXPECT_EQ(broken.got, "app.message text=b");
  EXPECT_EQ(broken.conn, "");
  const auto found =
      std::ranges::find_if(end.told, [](const auto& one) { return name_of(one) == "app.message"; });
  ASSERT_NE(found, end.told.end());
  EXPECT_EQ(broken.seq, found->seq);
  EXPECT_EQ(found->actor, "sut");
  EXPECT_EQ(std::get<trace::note>(found->what).fields, (json{{"text", "b"}}));
}

TEST(client_session, the_log_keeps_the_start_of_a_long_text_and_the_matcher_all) {
  const auto driver = std::make_shared<scripted_driver>();
  driver->tells = {message(std::string(10'000, 'x'))};
  const auto end =
      play(driver, std::string(connect) +
                       "  - {as: sut, expect: {event: {app.message: {payload: {repeat: x, count: "
                       "10000}}}, violates: [right]}}\n");
  EXPECT_EQ(end.result.is, verdict::pass);
  for (const auto& one : end.told) {
    if (name_of(one) != "app.message") continue;
    const auto& fields = std::get<trace::note>(one.what).fields;
    EXPECT_EQ(fields["text"].get<std::string>().size(), 4096U);
    EXPECT_EQ(fields["octets"], 10'000);
  }
}

TEST(client_session, trouble_of_the_driver_is_never_a_fault_of_the_client) {
  using outcome = driver_answer::outcome;
  struct row {
    const char* what;
    driver_answer answers;
    driver_answer ends;
    std::vector<json> tells;
    verdict is;
    std::string why;
  };
  const json gone = {{"event", "driver.gone"}, {"text", "exited"}};
  const std::vector<row> rows = {
      {"unsupported", {outcome::unsupported, "no"}, {}, {}, verdict::skip, "unsupported-here"},
      {"refused", {outcome::refused, "no"}, {}, {}, verdict::skip, "blocked"},
      {"silent", {outcome::gone, "silent"}, {}, {}, verdict::error, "target-died"},
      {"dies while waited for", {}, {}, {gone}, verdict::error, "target-died"},
      {"dies unseen", {}, {outcome::gone, "x"}, {message("b")}, verdict::error, "target-died"},
  };
  for (const auto& one : rows) {
    SCOPED_TRACE(one.what);
    const auto driver = std::make_shared<scripted_driver>();
    driver->answers = one.answers;
    driver->ends = one.ends;
    driver->tells = one.tells;
    const auto end = play(driver, std::string(connect) + expect_a);
    EXPECT_EQ(end.result.is, one.is);
    EXPECT_EQ(one.is == verdict::skip ? end.result.skip_reason : end.result.error_cause, one.why);
    EXPECT_TRUE(end.result.violations.empty());
    EXPECT_EQ(driver->left.size(), 1U);
  }
}

TEST(client_session, what_is_not_told_cannot_be_expected) {
  const auto blind = std::make_shared<scripted_driver>();
  blind->sees = false;
  auto end = play(blind, std::string(connect) + expect_a);
  EXPECT_EQ(end.result.is, verdict::skip);
  EXPECT_EQ(end.result.skip_reason, "not-applicable");
  end = play(nullptr, std::string(connect) + expect_a);
  EXPECT_EQ(end.result.is, verdict::skip);
  EXPECT_EQ(end.result.skip_reason, "unsupported-here");
}

}  // namespace
}  // namespace halley::engine
