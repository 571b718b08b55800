#include "fuzz/grammars/connect_grammar.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/live/exchange.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

exchange random_exchange(std::uint32_t seed, const place& at) {
  std::mt19937 random(seed);
  std::vector<std::uint32_t> elements(80);
  std::ranges::generate(elements, [&] { return random() % 256; });
  choices from(elements);
  return compose_connect(from, at, {});
}

/// The host that a proxy may take from a target, however it reads it.
octets host_in(octets target) {
  if (const auto scheme = target.find("://"); scheme != octets::npos) target.erase(0, scheme + 3);
  if (const auto user = target.find('@'); user != octets::npos) target.erase(0, user + 1);
  return target.substr(0, target.find_first_of(":/? \x01"));
}

TEST(connect_grammar, leads_to_this_machine_alone) {
  const std::set<octets> harmless = {"127.0.0.1", "127.0.0.2", "", "*", "[127.0.0.1"};
  for (const auto* contract :
       {"proxy.connect", "proxy.http", "proxy.impatient", "proxy.restricted"}) {
    for (const auto* authority : {"127.0.0.2:3128", "proxy.test:3128", "192.0.2.1:80"}) {
      const place at = {.contract = contract, .authority = authority, .path = ""};
      for (std::uint32_t seed = 0; seed < 5000; ++seed) {
        const octets written = sent_by(random_exchange(seed, at));
        std::istringstream lines(written);
        for (std::string line; std::getline(lines, line);) {
          const auto begin = line.find(' ');
          const auto end = line.rfind(' ');
          if (line.find(" HTTP/1") == octets::npos || begin >= end) continue;
          const octets host = host_in(line.substr(begin + 1, end - begin - 1));
          ASSERT_TRUE(harmless.contains(host)) << contract << ' ' << seed << ": " << line;
        }
      }
    }
  }
}

TEST(connect_grammar, asks_gateways_by_their_path) {
  for (const auto* path : {"/to/8080/", "/to/8080"}) {
    const place at = {.contract = "proxy.http", .authority = "127.0.0.1:80", .path = path};
    choices none(std::vector<std::uint32_t>{});
    EXPECT_EQ(sent_by(compose_connect(none, at, {})),
              "GET /to/8080/ HTTP/1.1\r\nHost: 127.0.0.1:80\r\nConnection: close\r\n\r\n");
  }
}

TEST(connect_grammar, reaches_every_deviation_of_forwarded_requests) {
  const place at = {.contract = "proxy.http", .authority = "127.0.0.1:80", .path = ""};
  std::set<std::string> reached;
  for (std::uint32_t seed = 0; seed < 20000; ++seed) {
    const exchange made = random_exchange(seed, at);
    reached.insert(made.deviations.begin(), made.deviations.end());
  }
  for (const auto& row : forwarded_deviations())
    EXPECT_TRUE(reached.contains(std::string(row.name))) << row.name;
}

}  // namespace
}  // namespace halley::fuzz
