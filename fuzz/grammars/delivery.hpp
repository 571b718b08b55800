#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/live/exchange.hpp"

#include <cstddef>

namespace halley::fuzz {

/// The most that an exchange of a grammar holds.
constexpr std::size_t most_acts = 200;
constexpr std::size_t most_octets = std::size_t{256} * 1024;

/// How an exchange goes out, whatever it says.
struct delivery {
  enum class cut { whole, pieces, single_octets, pauses };
  enum class end { as_composed, dropped, ended };
  cut cuts = cut::whole;
  end ends = end::as_composed;
};

/// Drawn before an exchange is composed, so that it does not depend on how much that takes.
delivery draw_delivery(choices& from);

/// Cuts the writes of `what` and ends it early, as `how` says; the places are drawn now. Keeps it
/// within the limits.
void deliver(choices& from, const delivery& how, exchange& what);

/// Appends a write, to the one before where that is one.
void say(exchange& what, octet_view data);
void say(exchange& what, octets&& data);
/// Appends an act without data.
void then(exchange& what, act::kind kind);
void then_pause(choices& from, exchange& what);

}  // namespace halley::fuzz
