#include "cli/network_choice.hpp"

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "simulation/network.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

using namespace std::chrono_literals;
using link = simulation::network::link;

/// Cutting more finds nothing more, and every piece is recorded.
constexpr std::uint64_t cut_pieces = 512;

link with_delay(duration one_way) {
  link result;
  result.up.delay = result.down.delay = one_way;
  return result;
}

link with_segments(std::size_t octets) {
  link result = with_delay(1ms);
  result.up.segment = result.down.segment = octets;
  result.up.segmented = result.down.segmented = cut_pieces * octets;
  return result;
}

/// The one who connects has little room and takes what comes at a low rate.
link slow_reader() {
  link result = with_delay(1ms);
  result.kept.receive = 2048;
  result.down.rate = 4UL * 1024U * 1024U;
  return result;
}

struct known {
  std::string_view name;
  std::string_view help;
  link (*make)();
};

constexpr auto table = std::to_array<known>({
    {"none", "nothing between the two: octets arrive at once", [] { return link{}; }},
    {"50ms", "50 ms each way", [] { return with_delay(50ms); }},
    {"2s", "2 s each way", [] { return with_delay(2s); }},
    {"segments", "segments of 7 octets", [] { return with_segments(7); }},
    {"mss", "segments of 536 octets", [] { return with_segments(536); }},
    {"slow-reader", "the client has room for 2 KiB", slow_reader},
});

/// A network that nobody has thought of.
link random_link(std::uint64_t seed, const std::string& instance) {
  auto chance = random_source::named(seed, "network/" + instance);
  const auto one_of = [&](auto... choices) {
    const std::uint64_t all[] = {static_cast<std::uint64_t>(choices)...};
    return all[chance.below(std::size(all))];
  };
  link result;
  for (auto* path : {&result.up, &result.down}) {
    path->delay = std::chrono::microseconds(one_of(0, 1, 30, 1'000, 20'000, 100'000, 300'000));
    path->jitter = std::chrono::microseconds(one_of(0, 0, 10, 5'000, 40'000));
    path->segment = static_cast<std::size_t>(one_of(0, 0, 3, 100, 1448));
    path->segmented = cut_pieces * path->segment;
    path->loss = static_cast<std::uint32_t>(one_of(0, 0, 0, 1'000, 20'000));
    path->rate = one_of(0, 0, 0, 8U << 20U, 64U << 20U);
  }
  result.kept.receive = static_cast<std::size_t>(one_of(212'992, 212'992, 65'536, 4096));
  result.kept.send = static_cast<std::size_t>(one_of(212'992, 65'536, 4096));
  return result;
}

/// The largest message of a scenario, there and back.
constexpr std::uint64_t most_octets = 32UL << 20U;

duration seconds_for(std::uint64_t count) {
  return std::chrono::seconds(count + 1);
}

}  // namespace

std::vector<std::pair<std::string_view, std::string_view>> network_names() {
  std::vector<std::pair<std::string_view, std::string_view>> result;
  result.reserve(table.size() + 2);
  for (const auto& one : table)
    result.emplace_back(one.name, one.help);
  result.emplace_back("vary", "another of these for each instance");
  result.emplace_back("random", "delay, jitter, rate, segments, loss and buffers by chance");
  return result;
}

std::optional<network_choice> choose_network(const std::string& name) {
  if (name == "random") {
    return [](std::uint64_t seed, const std::string& instance) {
      return named_network{"random", random_link(seed, instance)};
    };
  }
  if (name == "vary") {
    return [](std::uint64_t seed, const std::string& instance) {
      const auto which = random_source::named(seed, instance, 4).below(table.size());
      const auto& one = table[which];
      return named_network{std::string(one.name), one.make()};
    };
  }
  for (const auto& one : table) {
    if (one.name != name) continue;
    return [&one](std::uint64_t, const std::string&) {
      return named_network{std::string(one.name), one.make()};
    };
  }
  return std::nullopt;
}

duration round_trip(const link& of) {
  duration result{0};
  for (const auto* one : {&of.up, &of.down}) {
    result += one->delay + one->jitter;
    // What is lost comes a retransmission later: RFC 6298 §2.4, with Linux's minimum.
    if (one->loss != 0) result += 200ms + 2 * one->delay;
  }
  return result;
}

duration allowance(const link& of) {
  // A tunnel's setup takes most: to the proxy, from there on, and back, each with a handshake.
  constexpr int round_trips = 6;
  duration result = round_trips * round_trip(of);
  if (of.up.loss != 0 || of.down.loss != 0) result += 20s;
  for (const auto rate : {of.up.rate, of.down.rate})
    if (rate != 0) result += seconds_for(most_octets / rate);
  // A window lets through what it holds once a round trip.
  const auto window = std::min({of.kept.send, of.kept.receive, simulation::buffers{}.receive});
  result += static_cast<duration::rep>(most_octets / window) * round_trip(of);
  if (of.up.segment != 0 || of.down.segment != 0) result += 1s;
  return result;
}

}  // namespace halley::cli
