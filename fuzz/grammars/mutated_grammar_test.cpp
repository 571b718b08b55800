#include "fuzz/grammars/mutated_grammar.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

const place here = {.contract = "http.root", .authority = "127.0.0.1:8080", .path = "/here"};

exchange seed_of(const std::string& contract, octets written) {
  exchange made{.at = {.contract = contract, .authority = "a.test", .path = "/there"},
                .acts = {},
                .deviations = {}};
  made.acts.push_back({.what = act::kind::write, .data = std::move(written)});
  return made;
}

exchange composed(std::vector<std::uint32_t> elements, const corpus& known) {
  choices from(std::move(elements));
  return compose_mutated(from, here, known);
}

TEST(mutated_grammar, begins_with_a_seed_of_the_same_protocol) {
  const corpus known = {
      .seeds = {seed_of("ws.echo", "GET /there HTTP/1.1\r\nHost: a.test\r\nX: ws\r\n\r\n"),
                seed_of("http.echo", "GET /there HTTP/1.1\r\nHost: a.test\r\nX: seed\r\n\r\n")}};
  EXPECT_EQ(sent_by(composed({}, known)),
            "GET /here HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nX: seed\r\n\r\n");
}

TEST(mutated_grammar, composes_where_no_seed_fits) {
  const corpus known = {.seeds = {seed_of("ws.echo", "GET /there HTTP/1.1\r\n\r\n")}};
  const exchange made = composed({}, known);
  EXPECT_EQ(made, composed({}, {}));
  EXPECT_TRUE(sent_by(made).starts_with("GET /here HTTP/1.1\r\n"));
}

TEST(mutated_grammar, names_no_other_machine_in_an_absolute_uri) {
  const corpus known = {
      .seeds = {seed_of("http.root", "GET http://192.0.2.1/ HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n"),
                seed_of("http.root", "GET http://a.test/there HTTP/1.1\r\nHost: a.test\r\n\r\n")}};
  EXPECT_EQ(sent_by(composed({}, known)),
            "GET http_//192.0.2.1/ HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n");
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::uint32_t> elements(60);
    std::ranges::generate(elements, [&] { return random() % 256; });
    const octets written = sent_by(composed(std::move(elements), known));
    for (std::size_t at = written.find("://"); at != octets::npos;
         at = written.find("://", at + 3)) {
      // What a cut ends in the middle names nobody.
      if (written.find_first_of("/ \r\n:", at + 3) == octets::npos) break;
      const octets host = written.substr(at + 3, written.find_first_of("/ \r\n:", at + 3) - at - 3);
      ASSERT_TRUE(host.starts_with("127.") || host.ends_with(".test")) << written;
    }
  }
}

TEST(mutated_grammar, changes_octets) {
  const corpus known = {
      .seeds = {seed_of("http.root", "GET /there HTTP/1.1\r\nHost: a.test\r\n\r\n")}};
  const octets as_is = sent_by(composed({}, known));
  std::mt19937 random(1);
  int changed = 0;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::uint32_t> elements = {static_cast<std::uint32_t>(1 + i % 6), 0, 0, 0, 0};
    for (int k = 0; k < 40; ++k)
      elements.push_back(random() % 256);
    const exchange made = composed(std::move(elements), known);
    EXPECT_EQ(made.deviations, std::vector<std::string>{"mutated"});
    if (sent_by(made) != as_is) ++changed;
  }
  EXPECT_GT(changed, 180);
}

TEST(mutated_grammar, leaves_proxies_alone) {
  EXPECT_FALSE(mutated_fits("proxy.http"));
  EXPECT_FALSE(mutated_fits("proxy.connect"));
  EXPECT_TRUE(mutated_fits("http.root"));
}

}  // namespace
}  // namespace halley::fuzz
