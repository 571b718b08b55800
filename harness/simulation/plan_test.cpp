#include "base/bytes.hpp"
#include "base/random.hpp"
#include "clock/clock.hpp"
#include "simulation/network.hpp"
#include "simulation/two_hosts.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Any plan of faults: octets are never invented, changed or overtaken, and a plan and a seed say
// all that happens.
namespace halley::simulation {
namespace {

using transport::cut;
using transport::rule;
using transport::way;

/// One number in [0, bound), simplest first, so that cases shrink.
std::uint64_t below(std::uint64_t bound) {
  return *rc::gen::inRange<std::uint64_t>(0, bound);
}

transport::path any_path(bool with_cuts) {
  transport::path result;
  result.delay = std::chrono::milliseconds(below(200));
  result.jitter = std::chrono::milliseconds(below(50));
  result.rate = below(3) * 50'000;
  result.segment = below(500);
  result.loss = static_cast<std::uint32_t>(below(4) * 100'000);
  result.slow_close = std::chrono::milliseconds(below(100));
  if (with_cuts && below(2) == 1) {
    cut end;
    end.what = static_cast<cut::kind>(below(4));
    end.after = below(3'000);
    end.length = std::chrono::seconds(below(5));
    result.ends = end;
  }
  return result;
}

std::vector<rule> any_rules(bool with_cuts) {
  std::vector<rule> result(below(4));
  for (auto& one : result) {
    one.what = static_cast<rule::kind>(below(with_cuts ? 4U : 2U));
    if (const auto direction = below(3); direction != 0)
      one.direction = direction == 1 ? way::up : way::down;
    one.first = 1 + below(3);
    one.last = one.first + below(3);
    if (one.what == rule::kind::impair) one.on = any_path(with_cuts);
  }
  return result;
}

struct plan {
  std::uint64_t seed = 0;
  network::link usual;
  std::vector<rule> rules;
  std::size_t clients = 1;
  std::size_t length = 0;
};

plan any_plan(bool with_cuts) {
  plan result;
  result.seed = below(1'000);
  result.usual.up = any_path(with_cuts);
  result.usual.down = any_path(with_cuts);
  result.usual.kept.receive = 1 + below(5'000);
  result.usual.kept.send = 1 + below(5'000);
  result.rules = any_rules(with_cuts);
  result.clients = 1 + below(4);
  result.length = below(4'000);
  return result;
}

/// Sends back all that comes, and its end.
class echo {
public:
  explicit echo(made one) : socket_(std::move(one)) { read(); }

private:
  void read() {
    socket_->async_read_some(boost::asio::buffer(block_), [this](error_code error, std::size_t n) {
      error_code ignored;
      if (error) {
        socket_->shutdown_send(ignored);
      } else {
        write(0, n);
      }
    });
  }
  void write(std::size_t from, std::size_t to) {
    socket_->async_write_some(boost::asio::buffer(block_.data() + from, to - from),
                              [this, from, to](error_code error, std::size_t n) {
                                if (error) return;
                                if (from + n == to) {
                                  read();
                                } else {
                                  write(from + n, to);
                                }
                              });
  }

  made socket_;
  std::string block_ = std::string(1'000, '\0');
};

void serve(two_hosts& hosts, std::vector<std::unique_ptr<echo>>& served) {
  hosts.listening->async_accept([&](error_code error, made one) {
    if (error) return;
    served.push_back(std::make_unique<echo>(std::move(one)));
    serve(hosts, served);
  });
}

/// Says a text, ends, and reads to the end.
class speaker {
public:
  speaker(two_hosts& hosts, octets text) : hosts_(hosts), text_(std::move(text)) {
    hosts.client.async_connect(hosts.listening->local(), [this](error_code error, made one) {
      failed_ = error;
      if (!one) return;
      socket_ = std::move(one);
      seen_ = std::make_unique<observer>(hosts_, *socket_);
      write(0);
    });
  }

  const octets& said() const { return text_; }
  octets heard() const { return seen_ ? seen_->octets() : octets(); }
  /// All that it saw, as text.
  octets story() const {
    octets result = failed_.to_string();
    if (!seen_) return result;
    for (const auto& one : seen_->seen())
      result +=
          ";" + std::to_string(one.at.count()) + one.octets + std::to_string(one.error.value());
    return result;
  }

private:
  void write(std::size_t from) {
    if (from == text_.size()) {
      error_code ignored;
      socket_->shutdown_send(ignored);
      return;
    }
    socket_->async_write_some(boost::asio::buffer(text_) + from,
                              [this, from](error_code error, std::size_t count) {
                                if (!error) write(from + count);
                              });
  }

  two_hosts& hosts_;
  octets text_;
  error_code failed_;
  made socket_;
  std::unique_ptr<observer> seen_;
};

struct result {
  std::vector<octets> said;
  std::vector<octets> heard;
  std::uint64_t hash = 0;
  bool idle = false;
};

result play(const plan& chosen) {
  two_hosts hosts({.seed = chosen.seed, .shuffle = true});
  hosts.net.set_usual(chosen.usual);
  hosts.net.set_rules(chosen.rules);
  std::vector<std::unique_ptr<echo>> served;
  serve(hosts, served);
  std::vector<std::unique_ptr<speaker>> speakers;
  speakers.reserve(chosen.clients);
  auto words = random_source::named(chosen.seed, "words");
  for (std::size_t i = 0; i < chosen.clients; ++i)
    speakers.push_back(std::make_unique<speaker>(hosts, words.bytes(chosen.length)));
  result all;
  all.idle = hosts.time.run() == world::outcome::idle;
  octets story = std::to_string(hosts.time.now().count());
  for (const auto& one : speakers) {
    all.said.push_back(one->said());
    all.heard.push_back(one->heard());
    story += one->story();
  }
  all.hash = stable_hash(story);
  hosts.time.end();
  return all;
}

RC_GTEST_PROP(plan, what_is_heard_is_a_prefix_of_what_was_said, ()) {
  const auto chosen = any_plan(true);
  const auto all = play(chosen);
  RC_ASSERT(all.idle);
  for (std::size_t i = 0; i < chosen.clients; ++i)
    RC_ASSERT(all.said[i].starts_with(all.heard[i]));
}

RC_GTEST_PROP(plan, without_cuts_everything_arrives, ()) {
  const auto all = play(any_plan(false));
  RC_ASSERT(all.heard == all.said);
}

RC_GTEST_PROP(plan, the_same_plan_happens_the_same, ()) {
  const auto chosen = any_plan(true);
  RC_ASSERT(play(chosen).hash == play(chosen).hash);
}

TEST(plan, another_seed_happens_otherwise) {
  plan chosen;
  chosen.length = 1'000;
  chosen.usual.up.jitter = std::chrono::milliseconds(5);
  chosen.seed = 1;
  const auto one = play(chosen).hash;
  chosen.seed = 2;
  EXPECT_NE(one, play(chosen).hash);
}

}  // namespace
}  // namespace halley::simulation
