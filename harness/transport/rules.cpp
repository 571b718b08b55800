#include "transport/rules.hpp"

#include "transport/path.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace halley::transport {
namespace {

bool about_the_attempt(rule::kind what) {
  return what == rule::kind::refuse || what == rule::kind::drop;
}

}  // namespace

bool names(const rule& one, std::uint64_t connection, way direction) {
  return one.first <= connection && connection <= one.last &&
         (!one.direction || *one.direction == direction);
}

decision decide(const std::vector<rule>& rules, std::uint64_t connection, way direction) {
  const auto first = std::ranges::find_if(
      rules, [=](const rule& one) { return names(one, connection, direction); });
  if (first == rules.end()) return {};
  if (first->what != rule::kind::impair) return {first->what, {}};
  return {first->what, first->on};
}

fate decide(const std::vector<rule>& rules, std::uint64_t connection) {
  const auto up = decide(rules, connection, way::up);
  const auto down = decide(rules, connection, way::down);
  if (about_the_attempt(up.what)) return {up.what, {}, {}};
  if (about_the_attempt(down.what)) return {down.what, {}, {}};
  return {rule::kind::pass, up.on, down.on};
}

}  // namespace halley::transport
