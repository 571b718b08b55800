#include "fuzz/live/player.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/session.hpp"
#include "fuzz/live/simulated_stage.hpp"
#include "fuzz/live/stage.hpp"
#include "trace/event.hpp"
#include "transport/tcp_runtime.hpp"
#include "wire/http_message.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace std::chrono_literals;

const stand& stand_of(const stage& on, const std::string& contract) {
  return *std::ranges::find_if(on.stands(),
                               [&](const stand& one) { return one.at.contract == contract; });
}

act writes(octets data) {
  return {act::kind::write, std::move(data), {}};
}

act does(act::kind what) {
  return {what, {}, {}};
}

octets get(const stand& where, const octets& fields = {}) {
  return "GET " + where.at.path + " HTTP/1.1\r\nHost: " + where.at.authority + "\r\n" + fields +
         "\r\n";
}

patience patient() {
  patience result;
  result.quiet = 5s;
  result.whole = 60s;
  return result;
}

/// Plays all of them to one endpoint, so many at a time.
std::vector<record> played(stage& on,
                           const stand& where,
                           std::vector<exchange> all,
                           std::size_t at_a_time = 1) {
  player playing(on.runtime(), at_a_time);
  std::vector<record> result;
  std::size_t next = 0;
  playing.begin(
      patient(),
      [&]() -> std::optional<job> {
        if (next == all.size()) return std::nullopt;
        job one;
        one.what = all[next++];
        one.to = where.to;
        return one;
      },
      [&](job&&, record&& seen) { result.push_back(std::move(seen)); });
  on.run([&] { return playing.idle(); });
  return result;
}

record played(stage& on, const stand& where, std::vector<act> acts) {
  return played(on, where, {exchange{where.at, std::move(acts), {}}}).front();
}

template <typename What>
std::size_t count(const record& seen, trace::direction dir) {
  return static_cast<std::size_t>(std::ranges::count_if(seen.events, [&](const trace::event& one) {
    return one.dir == dir && std::holds_alternative<What>(one.what);
  }));
}

TEST(Player, EndsWhenEverythingIsAnswered) {
  simulated_stage on(1, {});
  const auto& where = stand_of(on, "http.root");
  const auto seen = played(on, where, {writes(get(where) + get(where))});
  EXPECT_EQ(seen.how, ending::target_finished);  // behind our FIN
  EXPECT_EQ(count<wire::response_head>(seen, trace::direction::in), 2U);
  EXPECT_EQ(count<trace::tcp_fin>(seen, trace::direction::out), 1U);
  EXPECT_TRUE(seen.all_sent);
}

TEST(Player, WaitsForAnAnswerBeforeItGoesOn) {
  simulated_stage on(1, {});
  const auto& where = stand_of(on, "http.root");
  const auto seen = played(on, where,
                           {writes(get(where)), does(act::kind::answer), writes(get(where)),
                            does(act::kind::answer), does(act::kind::reset)});
  EXPECT_EQ(seen.how, ending::ended_by_us);
  std::vector<trace::direction> heads;
  for (const auto& one : seen.events)
    if (std::holds_alternative<wire::request_head>(one.what) ||
        std::holds_alternative<wire::response_head>(one.what))
      heads.push_back(one.dir);
  using enum trace::direction;
  EXPECT_EQ(heads, (std::vector<trace::direction>{out, in, out, in}));
  EXPECT_EQ(count<trace::tcp_rst>(seen, out), 1U);
}

TEST(Player, SaysThatNothingCame) {
  simulated_stage on(1, {});
  const auto& where = stand_of(on, "http.root");
  const instant before = on.runtime().time().now();
  const auto seen = played(on, where, {writes("GET /")});
  EXPECT_EQ(seen.how, ending::silent);
  EXPECT_EQ(count<wire::response_head>(seen, trace::direction::in), 0U);
  EXPECT_GE(on.runtime().time().now() - before, 5s);
  EXPECT_LT(on.runtime().time().now() - before, 6s);
}

TEST(Player, SaysThatNobodyListens) {
  simulated_stage on(1, {});
  stand nobody = stand_of(on, "http.root");
  nobody.to.port = 9;
  const auto seen = played(on, nobody, {writes(get(nobody))});
  EXPECT_EQ(seen.how, ending::refused);
  EXPECT_FALSE(seen.problem.empty());
  EXPECT_FALSE(seen.all_sent);
}

TEST(Player, WaitsNotForEverWhereNobodyTakesTheConnection) {
  simulated_stage on(1, {});
  error_code error;
  const auto full = on.runtime().listen_full({}, error);
  ASSERT_NE(full, nullptr);
  stand nobody = stand_of(on, "http.root");
  nobody.to = full->local();
  const auto seen = played(on, nobody, {writes(get(nobody))});
  EXPECT_EQ(seen.how, ending::refused);
  EXPECT_LT(on.runtime().time().now(), 62s);
}

TEST(Player, TakesNoMoreThanItsPatienceAllows) {
  simulated_stage on(1, {});
  const auto& where = stand_of(on, "http.echo");
  const octets body(std::size_t{4} << 20U, 'x');
  const auto seen =
      played(on, where,
             {writes("POST " + where.at.path + " HTTP/1.1\r\nHost: a\r\n" +
                     "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body)});
  EXPECT_EQ(seen.how, ending::too_much);
}

TEST(Player, PlaysManyAtATimeAndEachOnce) {
  simulated_stage on(1, {});
  const auto& where = stand_of(on, "http.root");
  std::vector<exchange> all;
  all.reserve(100);
  for (int i = 0; i < 100; ++i)
    all.push_back({where.at, {writes(get(where, "Connection: close\r\n"))}, {}});
  const auto seen = played(on, where, all, 16);
  ASSERT_EQ(seen.size(), 100U);
  for (const auto& one : seen) {
    EXPECT_EQ(one.how, ending::target_finished);
    EXPECT_EQ(count<wire::response_head>(one, trace::direction::in), 1U);
  }
}

TEST(Player, LetsTimePassWhereTheExchangePauses) {
  simulated_stage on(1, {});
  const auto& where = stand_of(on, "http.root");
  const octets whole = get(where, "Connection: close\r\n");
  const instant before = on.runtime().time().now();
  const auto seen =
      played(on, where,
             {writes(whole.substr(0, 3)), {act::kind::pause, {}, 40ms}, writes(whole.substr(3))});
  EXPECT_EQ(count<wire::response_head>(seen, trace::direction::in), 1U);
  EXPECT_GE(on.runtime().time().now() - before, 40ms);
}

TEST(Player, MayGoWhileItsClockIsDue) {
  boost::asio::io_context context;
  transport::tcp_runtime world(context, 1);
  auto playing = std::make_unique<player>(world, 1);
  bool given = false;
  std::size_t ended = 0;
  playing->begin(
      patient(),
      [&]() -> std::optional<job> {
        if (std::exchange(given, true)) return std::nullopt;
        job one;
        one.to = {"127.0.0.1", 9};  // nobody listens there
        return one;
      },
      [&](job&&, record&&) { ++ended; });
  // Both the end of the connection and the next look at the time are ready at once.
  std::this_thread::sleep_for(50ms);
  while (!playing->idle())
    context.run_one();
  playing.reset();
  context.poll();
  EXPECT_EQ(ended, 1U);
}

}  // namespace
}  // namespace halley::fuzz
