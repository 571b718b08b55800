#include "reference-server/body_decoder.hpp"

#include "base/bytes.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <vector>

namespace halley::gateway {
namespace {

using state = body_decoder::state;

struct decoded {
  octets body;
  std::size_t taken = 0;
  state at = state::more;

  bool operator==(const decoded&) const = default;
};

/// Feeds `input` in pieces of `size` octets.
decoded decode(octet_view input, std::size_t size) {
  request head;
  head.body = framing::chunked;
  const options how;
  body_decoder decoder(head, how);
  decoded result;
  while (result.taken < input.size() && decoder.at() == state::more) {
    const octet_view piece = input.substr(result.taken, size);
    const std::size_t took = decoder.feed(piece, result.body);
    result.taken += took;
  }
  result.at = decoder.at();
  return result;
}

struct chunked_case {
  octet_view input;
  octet_view body;
  state at;
};

const std::vector<chunked_case> cases = {
    {"0\r\n\r\n", "", state::ended},
    {"3\r\nabc\r\n0\r\n\r\nGET", "abc", state::ended},
    {"3\r\nabc\r\n00\r\nA: b\r\nC: d\r\n\r\n", "abc", state::ended},
    {"A;x=1;y=\"q\\\"\";z\r\n0123456789\r\n0\r\n\r\n", "0123456789", state::ended},
    {"1 ; x = y\r\na\r\n0\r\n\r\n", "a", state::ended},
    {"3\r\nab", "ab", state::more},
    {"\r\n", "", state::broken},
    {"g\r\n", "", state::broken},
    {"+1\r\n", "", state::broken},
    {"0x1\r\n", "", state::broken},
    {"1 \r\n", "", state::broken},
    {"1;\r\n", "", state::broken},
    {"1\na\r\n", "", state::broken},
    {"1;a\rb\r\n", "", state::broken},
    {"1\r\nab", "a", state::broken},
    {"1\r\na\n", "a", state::broken},
    {"10000000000000000\r\n", "", state::broken},
    {"0\r\n A: b\r\n\r\n", "", state::broken},
    {"0\r\nA : b\r\n\r\n", "", state::broken},
};

TEST(body_decoder, takes_chunked_bodies_however_they_are_cut) {
  for (const chunked_case& one : cases) {
    for (std::size_t size = 1; size <= one.input.size(); ++size) {
      const decoded result = decode(one.input, size);
      EXPECT_EQ(result.body, one.body) << one.input << " by " << size;
      EXPECT_EQ(result.at, one.at) << one.input << " by " << size;
    }
  }
}

TEST(body_decoder, leaves_the_next_request_alone) {
  const octet_view input = "1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n";
  EXPECT_EQ(input.substr(decode(input, input.size()).taken), "GET / HTTP/1.1\r\n");
}

TEST(body_decoder, refuses_a_chunk_line_without_end) {
  EXPECT_EQ(decode("1;" + octets(5000, 'a'), 100).at, state::broken);
}

RC_GTEST_PROP(body_decoder, gives_the_same_for_any_octets_and_any_cut, ()) {
  const auto alphabet = octets("012aF;=\" \r\n\r\nx");
  const auto picks = *rc::gen::container<std::vector<std::size_t>>(
      rc::gen::inRange<std::size_t>(0, alphabet.size()));
  octets input;
  for (const std::size_t pick : picks)
    input += alphabet[pick];
  const auto size = *rc::gen::inRange<std::size_t>(1, 8);
  const decoded whole = decode(input, input.size() + 1);
  const decoded cut = decode(input, size);
  RC_ASSERT(whole.body == cut.body);
  RC_ASSERT(whole.at == cut.at);
}

}  // namespace
}  // namespace halley::gateway
