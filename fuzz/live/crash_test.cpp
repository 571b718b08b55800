#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/steady_clock.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/campaign.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/live/suspicion.hpp"
#include "fuzz/outcome.hpp"
#include "scenario/scenario.hpp"
#include "transport/runtime.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr octet_view refusal = "HTTP/1.1 400 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A server that dies of one word, while so many connections are open.
class mortal final : public stage {
public:
  mortal(octets deadly, std::size_t company) : deadly_(std::move(deadly)), company_(company) {
    error_code error;
    door_ = world_.listen({}, error);
    const auto at = door_->local();
    const octets authority = at.address + ":" + std::to_string(at.port);
    stands_.push_back({{"http.root", authority, "/"}, at});
    accept();
  }

  transport::runtime& runtime() override { return world_; }
  const std::vector<stand>& stands() const override { return stands_; }
  bool simulated() const override { return false; }
  outcome play(const std::shared_ptr<const scenario::scenario>& /*what*/,
               const watcher& /*tell*/) override {
    return {};
  }
  void run(const std::function<bool()>& done) override {
    const auto waiting = boost::asio::make_work_guard(context_);
    context_.restart();
    while (!done())
      context_.run_one();
  }
  std::string crashed() override { return std::exchange(dead_, false) ? "ended by signal 6" : ""; }

private:
  struct visitor {
    std::unique_ptr<transport::transport> line;
    std::unique_ptr<clock::timer> rest;
    octets said;
    std::array<char, 4096> room;
  };
  using place_of = std::list<visitor>::iterator;

  void accept() {
    door_->async_accept([this](error_code error, std::unique_ptr<transport::transport> line) {
      if (error) return;
      visitors_.push_back({std::move(line), world_.time().make_timer(), {}, {}});
      read(std::prev(visitors_.end()));
      accept();
    });
  }

  void read(place_of one) {
    if (dead_) one->line->abort();
    one->line->async_read_some(boost::asio::buffer(one->room),
                               [this, one](error_code error, std::size_t count) {
                                 if (error) {
                                   visitors_.erase(one);
                                   return;
                                 }
                                 one->said.append(one->room.data(), count);
                                 hear(one);
                               });
  }

  void hear(place_of one) {
    if (one->said.find(deadly_) != octets::npos && visitors_.size() >= company_) dead_ = true;
    if (dead_ || one->said.find("\r\n\r\n") == octets::npos) return read(one);
    // Who comes at the same time finds it there.
    one->rest->async_wait(world_.time().now() + 5ms, [this, one](error_code) {
      one->line->async_write_some(boost::asio::buffer(refusal.data(), refusal.size()),
                                  [this, one](error_code, std::size_t) { visitors_.erase(one); });
    });
  }

  octets deadly_;
  std::size_t company_;
  bool dead_ = false;
  boost::asio::io_context context_{1};
  transport::tcp_runtime world_{context_, 1};
  std::list<visitor> visitors_;
  std::unique_ptr<transport::listener> door_;
  std::vector<stand> stands_;
};

/// What the search says of a server that dies of "TRACE " in such a company.
proof death_in(std::size_t company) {
  boost::asio::io_context context;
  clock::steady_clock wall(context.get_executor());
  mortal on("TRACE ", company);
  campaign_settings how;
  how.runs = 100'000;
  how.time = 60s;
  how.jobs = 8;
  how.most_findings = 1;
  how.proof.quick = {.quiet = 30ms, .whole = 1s};
  how.proof.slow = how.proof.quick;
  const auto& all = all_grammars();
  const corpus nothing;
  campaign looking(on, {&*std::ranges::find(all, "http", &grammar::name)}, nothing, wall, how);
  proof result;
  looking.run([&](const proof& one) { result = one; },
              [](const campaign_figures&) { return true; });
  return result;
}

TEST(Crash, IsPutDownToTheExchangeThatDoesIt) {
  const proof found = death_in(1);
  EXPECT_EQ(found.key, (finding_key{"crash", "ended by signal 6"}));
  EXPECT_EQ(found.at_a_time, 1U);
  EXPECT_THAT(sent_by(found.smallest), testing::HasSubstr("TRACE "));
}

TEST(Crash, IsLookedForInCompanyWhereNoneDoesItAlone) {
  const proof found = death_in(2);
  EXPECT_EQ(found.key.requirement, "crash");
  EXPECT_EQ(found.at_a_time, 8U);
  EXPECT_THAT(sent_by(found.smallest), testing::HasSubstr("TRACE "));
}

}  // namespace
}  // namespace halley::fuzz
