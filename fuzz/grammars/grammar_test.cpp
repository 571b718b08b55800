#include "fuzz/grammars/grammar.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/connect_grammar.hpp"
#include "fuzz/grammars/delivery.hpp"
#include "fuzz/grammars/deviation_evidence.hpp"
#include "fuzz/grammars/http_deviations.hpp"
#include "fuzz/grammars/websocket_deviations.hpp"
#include "fuzz/live/exchange.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::uint32_t vectors = 20000;       // what reaches every deviation
constexpr std::uint32_t fewer_vectors = 3000;  // where each exchange is read, too

std::vector<std::uint32_t> random_vector(std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::uint32_t> elements(random() % 200);
  std::ranges::generate(elements, [&] { return random() % 256; });
  return elements;
}

/// A place that the grammar has something to say to.
place place_of(const grammar& one) {
  static const std::vector<std::string> contracts = {
      "http.root", "ws.echo", "http.sse-stream", "http.longpoll", "http.stream", "proxy.connect"};
  for (const std::string& contract : contracts)
    if (one.fits(contract))
      return {.contract = contract, .authority = "127.0.0.1:8080", .path = "/at?x=1"};
  return {};
}

std::string shown(const exchange& what) {
  return testing::PrintToString(sent_by(what).substr(0, 800));
}

TEST(grammars, fit_some_contract) {
  for (const grammar& one : all_grammars())
    EXPECT_NE(place_of(one).contract, "") << one.name;
}

TEST(grammars, stay_within_limits_and_say_the_same_of_the_same_choices) {
  for (const grammar& one : all_grammars()) {
    const place at = place_of(one);
    for (std::uint32_t seed = 0; seed < fewer_vectors; ++seed) {
      const auto elements = random_vector(seed);
      choices from(elements);
      const exchange made = one.compose(from, at, {});
      ASSERT_LE(made.acts.size(), most_acts) << one.name << " seed " << seed;
      ASSERT_LE(sent_by(made).size(), most_octets) << one.name << " seed " << seed;
      ASSERT_LE(from.used().size(), elements.size() + 1);
      if (seed % 16 != 0) continue;
      choices again(from.used());
      ASSERT_EQ(one.compose(again, at, {}), made) << one.name << " seed " << seed;
    }
  }
}

TEST(grammars, do_nothing_behind_the_end_and_write_nothing_behind_fin) {
  for (const grammar& one : all_grammars()) {
    const place at = place_of(one);
    for (std::uint32_t seed = 0; seed < fewer_vectors; ++seed) {
      choices from(random_vector(seed));
      const exchange made = one.compose(from, at, {});
      bool finished = false;
      for (std::size_t i = 0; i < made.acts.size(); ++i) {
        const act& done = made.acts[i];
        ASSERT_EQ(done.what == act::kind::write, !done.data.empty()) << one.name << seed;
        ASSERT_FALSE(finished && done.what == act::kind::write) << one.name << seed;
        const bool ends = done.what == act::kind::reset || done.what == act::kind::close;
        ASSERT_TRUE(!ends || i + 1 == made.acts.size()) << one.name << seed;
        finished = finished || done.what == act::kind::finish;
      }
    }
  }
}

TEST(grammars, make_a_short_well_formed_exchange_of_no_choices) {
  for (const grammar& one : all_grammars()) {
    choices none(std::vector<std::uint32_t>{});
    const exchange made = one.compose(none, place_of(one), {});
    EXPECT_LE(made.acts.size(), 4U) << one.name;
    EXPECT_LE(sent_by(made).size(), 300U) << one.name;
    EXPECT_TRUE(made.deviations.empty()) << one.name;
    EXPECT_EQ(wrong_in(made), std::vector<std::string>()) << one.name << shown(made);
  }
}

bool ends_by_itself(const exchange& what) {
  return std::ranges::any_of(what.acts, [](const act& one) {
    return one.what == act::kind::finish || one.what == act::kind::reset ||
           one.what == act::kind::close;
  });
}

bool is_cut_short(std::string_view wrong) {
  return wrong.starts_with("truncated");
}

/// What is wrong, but for what an end of our own cuts short.
std::vector<std::string> wrong_on_the_way(const exchange& what) {
  auto wrong = wrong_in(what);
  if (ends_by_itself(what)) std::erase_if(wrong, is_cut_short);
  return wrong;
}

TEST(grammars, say_nothing_wrong_without_a_deviation) {
  for (const grammar& one : all_grammars()) {
    if (one.name == "mutated") continue;
    const place at = place_of(one);
    std::size_t checked = 0;
    for (std::uint32_t seed = 0; seed < fewer_vectors; ++seed) {
      choices from(random_vector(seed));
      const exchange made = one.compose(from, at, {});
      if (!made.deviations.empty()) continue;
      ++checked;
      ASSERT_EQ(wrong_on_the_way(made), std::vector<std::string>())
          << one.name << " seed " << seed << ": " << shown(made);
    }
    EXPECT_GT(checked, fewer_vectors / 10) << one.name;
  }
}

TEST(grammars, owe_nothing_where_they_do_not_end_by_themselves) {
  for (const grammar& one : all_grammars()) {
    const place at = place_of(one);
    for (std::uint32_t seed = 0; seed < fewer_vectors; ++seed) {
      choices from(random_vector(seed));
      const exchange made = one.compose(from, at, {});
      if (ends_by_itself(made)) continue;
      ASSERT_TRUE(std::ranges::none_of(wrong_in(made), is_cut_short))
          << one.name << " seed " << seed << ' ' << testing::PrintToString(made.deviations) << ": "
          << shown(made);
    }
  }
}

TEST(grammars, reach_every_deviation) {
  std::map<std::string_view, std::set<std::string>> reached;
  for (const grammar& one : all_grammars()) {
    const place at = place_of(one);
    for (std::uint32_t seed = 0; seed < vectors; ++seed) {
      choices from(random_vector(seed));
      const exchange made = one.compose(from, at, {});
      reached[one.name].insert(made.deviations.begin(), made.deviations.end());
    }
  }
  for (const auto& row : http_deviations())
    EXPECT_TRUE(reached["http"].contains(std::string(row.name))) << row.name;
  for (const auto& row : connect_deviations())
    EXPECT_TRUE(reached["connect"].contains(std::string(row.name))) << row.name;
  for (const auto& row : handshake_deviations())
    EXPECT_TRUE(reached["websocket"].contains(std::string(row.name))) << row.name;
  for (const auto& row : frame_deviations())
    EXPECT_TRUE(reached["websocket"].contains(std::string(row.name))) << row.name;
}

}  // namespace
}  // namespace halley::fuzz
