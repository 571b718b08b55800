#include "fuzz/gateway_talks/script.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

octets said_by(const side_script& one) {
  octets result;
  for (const deed& each : one.deeds)
    if (each.what == deed::kind::write) result += each.data;
  return result;
}

TEST(gateway_script, of_no_choices_is_empty) {
  EXPECT_EQ(read_script(choices(octets())), gateway_script());
}

TEST(gateway_script, says_the_octets_that_it_was_made_of) {
  const octets long_one(600, 'x');
  const std::vector<std::vector<octets>> said = {{"GET / HTTP/1.1\r\n", octets("\0\xFF", 2)},
                                                 {long_one}};
  const auto read = read_script(choices(script_octets(said)));
  ASSERT_EQ(read.clients.size(), 2U);
  EXPECT_EQ(said_by(read.clients[0]), said[0][0] + said[0][1]);
  EXPECT_EQ(said_by(read.clients[1]), long_one);
  EXPECT_EQ(read.clients[0].deeds[1].what, deed::kind::await);
}

TEST(gateway_script, leaves_out_what_goes_beyond_its_limits) {
  const std::vector<std::vector<octets>> said(5, std::vector<octets>(30, "a"));
  const auto read = read_script(choices(script_octets(said)));
  ASSERT_EQ(read.clients.size(), 3U);
  for (const side_script& one : read.clients) {
    EXPECT_EQ(said_by(one), octets(12, 'a'));
    EXPECT_EQ(one.deeds.size(), 24U);
  }
}

RC_GTEST_PROP(gateway_script,
              can_be_shown_whatever_was_drawn,
              (const std::vector<std::uint32_t>& drawn)) {
  const auto text = to_text(read_script(choices(drawn)));
  for (const char c : text)
    RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
}

}  // namespace
}  // namespace halley::fuzz
