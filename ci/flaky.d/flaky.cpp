// A day on a mobile network, in virtual time: phones that look at one topic of the gateway over
// event streams, chunked streams, long polls and WebSockets, lose their connections every few
// seconds in every way in which connections are lost, and come back. Nobody may miss an event or
// see one twice.
#include "base/random.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/gateway.hpp"
#include "reference-server/options.hpp"
#include "simulation/network.hpp"
#include "simulation/simulated_runtime.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t phones_of_a_kind = 3;
constexpr std::array kinds = {"event stream", "chunked stream", "long poll", "WebSocket"};

std::optional<std::uint64_t> number_behind(std::string_view text, std::string_view what) {
  const std::size_t at = text.find(what);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  const char* const from = text.data() + at + what.size();
  const auto end = std::from_chars(from, text.data() + text.size(), value);
  return end.ptr == from ? std::nullopt : std::optional(value);
}

/// What all phones share.
struct town {
  simulation::network& net;
  transport::runtime& phones;
  transport::endpoint gateway;
  random_source dice;
  std::uint64_t published = 0;
  bool over = false;  // nothing more is published
  std::uint64_t connections = 0;
  std::uint64_t slow = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t faults = 0;

  duration draw(duration from, duration to) {
    const auto width = static_cast<std::uint64_t>((to - from).count());
    return from + duration(static_cast<std::int64_t>(dice.below(width + 1)));
  }

  /// The next connection's fate.
  void set_network() {
    using kind = transport::cut::kind;
    simulation::network::link link;
    link.up.delay = link.down.delay = draw(20ms, 300ms);
    link.up.jitter = link.down.jitter = draw(0ms, 100ms);
    link.up.loss = link.down.loss = 10'000;
    if (dice.below(3) == 0) link.down.segment = 1 + dice.below(100);
    constexpr std::array ends = {kind::fin, kind::reset, kind::vanish, kind::hold};
    if (dice.below(2) == 0)
      link.down.ends = transport::cut{ends.at(dice.below(ends.size())), dice.below(2000), 2s};
    if (dice.below(10) == 0) {
      link.down.rate = 200;
      ++slow;
    }
    net.set_usual(link);
  }
};

/// One phone with one view of the topic.
class phone {
public:
  phone(town& in, std::size_t kind) : in_(in), kind_(kind) {}

  awaitable<void> live() {
    while (!in_.over || seen_ < in_.published) {
      in_.set_network();
      ++in_.connections;
      error_code error;
      std::shared_ptr<transport::transport> on =
          co_await transport::connect(in_.phones, in_.gateway, error);
      if (on) {
        clock::watchdog cut(in_.phones.time());
        const bool hard = in_.dice.below(2) == 0;
        cut.arm(in_.phones.time().now() + in_.draw(500ms, 8s), [on, hard] {
          if (hard) {
            on->abort();
          } else {
            on->close();
          }
        });
        co_await look(*on);
        cut.disarm();
        on->close();
      }
      const duration pause = in_.draw(10ms, 1s);
      co_await clock::sleep_for(in_.phones.time(), pause);
    }
  }

  std::uint64_t seen() const { return seen_; }

private:
  std::string request() const {
    const std::string from = std::to_string(seen_);
    const auto get = [](const std::string& what) {
      return "GET " + what + " HTTP/1.1\r\nHost: town\r\n";
    };
    switch (kind_) {
      case 0:
        return get("/sse/town") + "Last-Event-ID: " + from + "\r\n\r\n";
      case 1:
        return get("/stream/town?cursor=" + from) + "\r\n";
      case 2:
        return get("/poll/town?hold=5000&cursor=" + from) + "\r\n";
      default:
        return get("/topics/town?cursor=" + from) +
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    }
  }

  awaitable<void> look(transport::transport& on) {
    pending_.clear();
    headed_ = false;
    error_code error;
    std::string ask = request();
    while (!error) {
      if (!ask.empty()) {
        const auto data = boost::asio::buffer(ask);
        co_await transport::write_all(on, data, error);
        ask.clear();
        if (error) break;
      }
      const auto into = boost::asio::buffer(block_);
      const std::size_t got = co_await transport::read_some(on, into, error);
      pending_.append(block_.data(), got);
      if (take()) ask = request();
      if (in_.over && seen_ >= in_.published) break;
    }
  }

  void fault(const char* what, std::uint64_t id) {
    ++in_.faults;
    std::printf("%s: %s: event %llu behind %llu\n", kinds.at(kind_), what,
                static_cast<unsigned long long>(id), static_cast<unsigned long long>(seen_));
  }

  void take_event(std::optional<std::uint64_t> id, std::optional<std::uint64_t> data) {
    if (!id || !data || *id != *data) {
      fault("another event", id.value_or(0));
    } else if (*id <= seen_) {
      fault("twice", *id);
    } else {
      if (*id != seen_ + 1) fault("lost", *id);
      seen_ = *id;
      ++in_.deliveries;
    }
  }

  /// Takes what is whole. Returns: whether an answer to a poll was.
  bool take() {
    if (kind_ == 2) return take_poll();
    if (!headed_) {
      const std::size_t end = pending_.find("\r\n\r\n");
      if (end == std::string::npos) return false;
      if (const auto status = pending_.substr(9, 3); status != (kind_ == 3 ? "101" : "200"))
        fault("refused", 0);
      pending_.erase(0, end + 4);
      headed_ = true;
    }
    if (kind_ == 0) take_blocks("\n\n", "id: ", "data: ");
    if (kind_ == 1) take_blocks("}\n", "\"id\":", "\"data\":\"");
    if (kind_ == 3) take_frames();
    return false;
  }

  void take_blocks(std::string_view end, std::string_view id, std::string_view data) {
    for (std::size_t at = pending_.find(end); at != std::string::npos; at = pending_.find(end)) {
      const auto block = std::string_view(pending_).substr(0, at);
      if (block.find("gap") != std::string_view::npos) fault("gap", 0);
      const auto its_id = number_behind(block, id);
      const auto its_data = number_behind(block, data);
      if (its_id || its_data) take_event(its_id, its_data);
      pending_.erase(0, at + end.size());
    }
  }

  void take_frames() {
    while (pending_.size() >= 2) {
      const std::size_t size = static_cast<unsigned char>(pending_[1]);
      if (pending_.size() < size + 2) return;
      const auto payload = std::string_view(pending_).substr(2, size);
      const auto data = number_behind(payload, "");
      if (pending_[0] == '\x81') take_event(data, data);
      pending_.erase(0, size + 2);
    }
  }

  bool take_poll() {
    const std::size_t end = pending_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const auto length = number_behind(pending_, "Content-Length: ");
    if (!length || pending_.size() < end + 4 + *length) return false;
    std::string_view body = std::string_view(pending_).substr(end + 4, *length);
    if (body.find("gap") != std::string_view::npos) fault("gap", 0);
    const auto cursor = number_behind(body, "\"cursor\":\"");
    for (std::size_t at = body.find("{\"data\""); at != std::string_view::npos;
         at = body.find("{\"data\"")) {
      body.remove_prefix(at);
      take_event(number_behind(body, "\"id\":"), number_behind(body, "\"data\":\""));
      body.remove_prefix(1);
    }
    if (cursor != seen_) fault("another cursor", cursor.value_or(0));
    pending_.erase(0, end + 4 + *length);
    return true;
  }

  town& in_;
  const std::size_t kind_;
  std::uint64_t seen_ = 0;
  bool headed_ = false;
  std::string pending_;
  std::array<char, 4096> block_{};
};

/// Publishes numbers, about one in a second, over a connection that holds.
awaitable<void> publish(town& in, transport::runtime& from, instant until) {
  error_code error;
  const auto on = co_await transport::connect(from, in.gateway, error);
  std::array<char, 512> block{};
  while (!error && from.time().now() < until) {
    const std::string body = std::to_string(in.published + 1);
    const std::string request = "POST /publish/town HTTP/1.1\r\nHost: town\r\nContent-Length: " +
                                std::to_string(body.size()) + "\r\n\r\n" + body;
    const auto data = boost::asio::buffer(request);
    co_await transport::write_all(*on, data, error);
    ++in.published;
    const auto into = boost::asio::buffer(block);
    if (!error) co_await transport::read_some(*on, into, error);
    const duration pause = in.draw(0ms, 2s);
    co_await clock::sleep_for(from.time(), pause);
  }
  if (error) ++in.faults;
  in.over = true;
}

/// Returns: whether all saw all.
bool play(std::uint64_t seed, std::chrono::hours length, const char* mutant) {
  simulation::world world({.seed = seed, .shuffle = true});
  simulation::network net(world);
  simulation::simulated_runtime phones(net, "phones");
  simulation::simulated_runtime there(net, "gateway");
  gateway::options how;
  if (mutant != nullptr) how.mutants.insert(mutant);
  gateway::gateway served(there, std::move(how));
  error_code error;
  if (!served.start({}, error)) return false;
  town in{net, phones, served.local(), random_source::named(seed, "town")};
  std::size_t ended = 0;
  const auto note = [&](const std::exception_ptr& thrown) {
    ++ended;
    if (thrown) ++in.faults;
  };
  boost::asio::co_spawn(world.get_executor(), publish(in, there, length), note);
  std::vector<std::unique_ptr<phone>> all;
  for (std::size_t i = 0; i < phones_of_a_kind * kinds.size(); ++i) {
    all.push_back(std::make_unique<phone>(in, i % kinds.size()));
    boost::asio::co_spawn(world.get_executor(), all.back()->live(), note);
  }
  const std::clock_t started = std::clock();
  simulation::world::limits bounds;
  bounds.until = length + std::chrono::hours(1);
  world.run([&] { return ended == all.size() + 1; }, bounds);
  const double seconds = static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
  for (const auto& one : all)
    if (one->seen() != in.published) ++in.faults;
  std::printf(
      "seed %llu: %d h, %zu phones, %llu connections (%llu slow), %llu events, %llu deliveries, "
      "%llu faults; %.1f s of processor time\n",
      static_cast<unsigned long long>(seed), static_cast<int>(length.count()), all.size(),
      static_cast<unsigned long long>(in.connections), static_cast<unsigned long long>(in.slow),
      static_cast<unsigned long long>(in.published), static_cast<unsigned long long>(in.deliveries),
      static_cast<unsigned long long>(in.faults), seconds);
  std::fflush(stdout);
  world.end();
  return in.faults == 0;
}

}  // namespace
}  // namespace halley

/// flaky [SEEDS [FIRST [HOURS [MUTANT]]]]
int main(int count, char** words) {
  const auto word = [&](int at, std::uint64_t otherwise) {
    return count > at ? std::strtoull(words[at], nullptr, 10) : otherwise;
  };
  const std::uint64_t seeds = word(1, 3);
  const std::uint64_t first = word(2, 1);
  const std::chrono::hours length(word(3, 24));
  bool good = true;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed)
    good = halley::play(seed, length, count > 4 ? words[4] : nullptr) && good;
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
