#include "inspect/event_keeper.hpp"

#include "base/bytes.hpp"
#include "checks/all_checks.hpp"
#include "checks/finding.hpp"
#include "checks/written_trace.hpp"
#include "trace/event.hpp"
#include "wire/websocket_frame.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace halley::inspect {
namespace {

using checks::written::in;
using checks::written::out;

std::vector<trace::event> kept_of(const std::vector<trace::event>& all, std::size_t compact_every) {
  event_keeper keeper;
  for (std::size_t i = 0; i < all.size(); ++i) {
    keeper.add({.what = all[i]});
    if (i % compact_every == 0) keeper.compact();
  }
  std::vector<trace::event> result;
  for (const kept_event& one : keeper.events())
    result.push_back(one.what);
  return result;
}

using place = std::tuple<std::string, std::string, std::uint64_t, std::uint64_t>;

std::vector<place> places(const std::vector<checks::finding>& found) {
  std::vector<place> result;
  result.reserve(found.size());
  for (const auto& one : found)
    result.emplace_back(one.broken.id, one.got, one.off, one.len);
  return result;
}

RC_GTEST_PROP(event_keeper, what_it_keeps_is_judged_as_all_would_be, ()) {
  const bool target_is_client = *rc::gen::arbitrary<bool>();
  const checks::context about{.target_is_client = target_is_client};
  const auto asks = target_is_client ? in : out;
  const auto answers = target_is_client ? out : in;
  // Few masking keys, so that equal ones come together often.
  octets frames;
  octets answered;
  const auto count = *rc::gen::inRange(0, 40);
  for (int i = 0; i < count; ++i) {
    const auto mask = *rc::gen::inRange<std::uint8_t>(0, 3);
    const auto kind = *rc::gen::inRange(0, 12);
    if (kind == 0)
      frames += checks::written::frame(wire::opcode::text, "plain");
    else if (kind == 1)
      frames += checks::written::frame(wire::opcode{11}, "x");
    else
      frames += checks::written::masked("abc", {mask, mask, mask, mask});
    answered += checks::written::frame(wire::opcode::text, kind == 2 ? "\xff" : "abc");
  }
  const checks::written::turns turns = {
      {asks, checks::written::request() + checks::written::upgrade()},
      {answers, checks::written::response("Content-Length: 3\r\n", "HTTP/1.1 205 X") + "abc" +
                    checks::written::switching() + answered},
      {asks, frames}};
  const auto all = checks::written::trace_of(turns, about);
  const auto every = *rc::gen::inRange<std::size_t>(1, 9);
  RC_ASSERT(places(checks::judge(kept_of(all, every), about)) == places(checks::judge(all, about)));
}

TEST(event_keeper, a_long_conversation_leaves_little) {
  event_keeper keeper;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    wire::websocket_frame frame;
    frame.mask = std::array<std::uint8_t, 4>{static_cast<std::uint8_t>(i),
                                             static_cast<std::uint8_t>(i >> 8U), 0, 0};
    frame.payload = octets(5000, 'x');
    trace::event one;
    one.dir = out;
    one.what = std::move(frame);
    keeper.add({.what = std::move(one)});
  }
  EXPECT_LE(keeper.events().size(), 1024U);
  EXPECT_FALSE(keeper.full());
}

}  // namespace
}  // namespace halley::inspect
