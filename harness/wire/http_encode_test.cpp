#include "wire/http_encode.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace halley::wire {
namespace {

TEST(http_encode, every_lf_of_a_head_becomes_crlf_and_the_empty_line_is_completed) {
  const std::vector<std::pair<octets, octets>> cases = {
      {"GET / HTTP/1.1", "GET / HTTP/1.1\r\n\r\n"},
      {"GET / HTTP/1.1\nA: b\n", "GET / HTTP/1.1\r\nA: b\r\n\r\n"},
      {"GET / HTTP/1.1\r\nA: b\n\n", "GET / HTTP/1.1\r\nA: b\r\n\r\n"},
      {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"},
      {"A\n\n\n", "A\r\n\r\n\r\n"},
      {"", "\r\n"},
      {"\n", "\r\n"},
  };
  for (const auto& [text, head] : cases)
    EXPECT_EQ(encode_head(text), head) << text;
}

TEST(http_encode, nonsense_in_a_head_is_kept) {
  const octets nonsense("\rG\tET \0\xFF:\r x", 12);
  EXPECT_EQ(encode_head(nonsense), nonsense + "\r\n\r\n");
}

TEST(http_encode, chunks_are_written_in_the_form_asked_for) {
  EXPECT_EQ(encode_chunk("abc"), "3\r\nabc\r\n");
  EXPECT_EQ(encode_chunk(octets(26, 'x')), "1a\r\n" + octets(26, 'x') + "\r\n");
  EXPECT_EQ(encode_chunk(octets(26, 'x'), {.upper_hex = true}),
            "1A\r\n" + octets(26, 'x') + "\r\n");
  EXPECT_EQ(encode_chunk("abc", {.extension = ";a=b"}), "3;a=b\r\nabc\r\n");
  EXPECT_EQ(encode_chunk("abc", {.size_says = "-1"}), "-1\r\nabc\r\n");
}

TEST(http_encode, the_last_chunk_carries_trailers) {
  EXPECT_EQ(encode_last_chunk(), "0\r\n\r\n");
  EXPECT_EQ(encode_last_chunk({{"A", "b"}, {"C", ""}}), "0\r\nA: b\r\nC: \r\n\r\n");
}

}  // namespace
}  // namespace halley::wire
