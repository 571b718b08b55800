#include "wire/http_decoder.hpp"

#include "base/bytes.hpp"
#include "wire/http_decoder_cases.hpp"
#include "wire/http_encode.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace halley::wire::testing {
namespace {

TEST(http_decoder, field_lines_keep_their_octets) {
  const octets fields = "A : b\n c\r\nbroken\r\nC:\td\t\r\n";
  const stream_case c{"", request, "GET / HTTP/1.1\r\n" + fields + "\r\n"};
  octets raw;
  for (const http_item& item : decode(c, {})) {
    const auto* head = std::get_if<request_head>(&item.what);
    if (head == nullptr) continue;
    ASSERT_EQ(head->fields.lines.size(), 3U);
    EXPECT_EQ(head->fields.lines[0].raw, "A : b\n c\r\n");
    for (const field_line& line : head->fields.lines)
      raw += line.raw;
  }
  EXPECT_EQ(raw, fields);
}

TEST(http_decoder, octets_that_cannot_be_http_are_refused_at_the_first_that_shows_it) {
  items out;
  http_decoder answers(response);
  answers.feed("HTTP", out);
  EXPECT_FALSE(answers.left());
  answers.feed("S", out);
  EXPECT_TRUE(answers.left());
  http_decoder requests(request);
  requests.feed("\x16", out);  // a TLS handshake
  EXPECT_TRUE(requests.left());
}

// --- leave() and http_offset() ---

TEST(http_decoder, leaving_gives_back_an_unfinished_head) {
  http_decoder decoder(request);
  items out;
  decoder.feed("CONNECT a:1 HTTP/1.1\r\n\r\nSSH-2.0-x", out);
  out.clear();
  EXPECT_EQ(decoder.http_offset(), 24U);
  decoder.leave(out);
  EXPECT_EQ(render(out), (std::vector<std::string>{"24+0 left"}));
  EXPECT_TRUE(decoder.left());
  decoder.feed("more", out);
  decoder.leave(out);
  decoder.finish(out);
  EXPECT_EQ(out.size(), 1U);
  EXPECT_EQ(decoder.http_offset(), 24U);
}

TEST(http_decoder, leaving_inside_a_body_waits_for_its_end) {
  http_decoder decoder(request);
  items out;
  decoder.feed("GET / HTTP/1.1\r\nContent-Length: 2\r\n\r\na", out);
  decoder.leave(out);
  EXPECT_FALSE(decoder.left());
  out.clear();
  decoder.feed("b\x81", out);
  EXPECT_EQ(render(out), (std::vector<std::string>{"38+1 body b", "39+0 end", "39+0 left"}));
}

TEST(http_decoder, the_offset_is_that_of_the_first_octet_in_no_item) {
  http_decoder decoder(response);
  items out;
  const auto offset_after = [&](octet_view more) {
    decoder.feed(more, out);
    return decoder.http_offset();
  };
  EXPECT_EQ(offset_after("\r\n"), 2U);
  EXPECT_EQ(offset_after("HTTP/1.1 200 OK\r\n"), 2U);
  EXPECT_EQ(offset_after("Transfer-Encoding: chunked\r\n\r\n"), 49U);
  EXPECT_EQ(offset_after("2"), 49U);
  EXPECT_EQ(offset_after("\r\na"), 53U);
  EXPECT_EQ(offset_after("b\r\n0\r\n"), 59U);
  EXPECT_EQ(offset_after("A: b\r\n"), 59U);
  EXPECT_EQ(offset_after("\r\n"), 67U);
}

TEST(http_decoder, a_method_may_be_announced_while_earlier_responses_come) {
  http_decoder decoder(response);
  items out;
  decoder.expect_answer_to("GET");
  decoder.feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", out);
  decoder.expect_answer_to("HEAD");
  decoder.feed("xHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", out);
  EXPECT_EQ(render(out).back(), "77+0 end");
}

// --- Limits ---

items with_limit(const stream_case& c, http_limits limits) {
  items whole = decode(c, {}, limits);
  EXPECT_EQ(render(decode(c, every_offset(c.stream), limits)), render(whole)) << c.name;
  return whole;
}

TEST(http_decoder, a_head_may_be_as_long_as_the_limit_and_not_longer) {
  const stream_case c{"limit", request, "GET / HTTP/1.1\r\nA: b\r\n\r\n"};
  EXPECT_EQ(render(with_limit(c, {.head_octets = 24})),
            (std::vector<std::string>{"0+24 GET / HTTP/1.1 {A=b}", "24+0 end"}));
  for (const std::size_t limit : {std::size_t{23}, std::size_t{17}, std::size_t{8}})
    EXPECT_EQ(
        render(with_limit(c, {.head_octets = limit})),
        (std::vector<std::string>{"0+" + std::to_string(limit) + " head_too_long", "0+0 left"}));
}

TEST(http_decoder, what_is_no_start_line_is_refused_before_the_limit_counts) {
  const stream_case c{"no start line", response, "SSH-2.0-x"};
  EXPECT_EQ(render(with_limit(c, {.head_octets = 4})), (std::vector<std::string>{"0+0 left"}));
}

TEST(http_decoder, a_limit_of_nothing_refuses_everything_and_ends) {
  const stream_case c{"nothing", request, "GET / HTTP/1.1\r\n\r\n"};
  EXPECT_EQ(render(with_limit(c, {.head_octets = 0})),
            (std::vector<std::string>{"0+0 head_too_long", "0+0 left"}));
}

TEST(http_decoder, chunk_lines_and_trailers_have_their_limits) {
  const stream_case line{"line", response, octets(chunked_head) + "1;abc\r\nx\r\n0\r\n\r\n"};
  EXPECT_EQ(render(with_limit(line, {.chunk_line_octets = 7})).back(), "62+0 end");
  const auto over = render(with_limit(line, {.chunk_line_octets = 6}));
  EXPECT_EQ(
      (std::vector<std::string>(over.begin() + 1, over.end())),
      (std::vector<std::string>{"47+6 chunk_line_too_long", "47+0 end incomplete", "47+0 left"}));
  const stream_case trailer{"trailer", response,
                            octets(chunked_head) + "0\r\nA: " + octets(43, 'b') + "\r\n\r\n"};
  EXPECT_EQ(render(with_limit(trailer, {.head_octets = 50})).back(), "100+0 end");
  EXPECT_EQ(render(with_limit(trailer, {.head_octets = 49})).at(2), "50+49 head_too_long");
}

TEST(http_decoder, a_stream_without_line_ends_is_refused_at_the_limit) {
  http_decoder decoder(request);
  items out;
  decoder.feed("GET /", out);
  const octets endless(1000, 'a');
  std::size_t fed = 5;
  while (!decoder.left() && fed < 1000000U) {
    decoder.feed(endless, out);
    fed += endless.size();
  }
  EXPECT_EQ(fed, 66005U);
  EXPECT_EQ(render(out), (std::vector<std::string>{"0+65536 head_too_long", "0+0 left"}));
}

// --- Properties ---

octets any_octets() {
  return *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
}

std::vector<std::size_t> any_cuts(const octets& stream) {
  auto cuts = *rc::gen::container<std::vector<std::size_t>>(
      rc::gen::inRange<std::size_t>(0, stream.size() + 1));
  std::ranges::sort(cuts);
  return cuts;
}

RC_GTEST_PROP(http_decoder, chunks_come_back_as_written_however_they_are_cut, ()) {
  stream_case c{"", response, octets(chunked_head)};
  octets written;
  std::vector<std::uint64_t> sizes;
  const auto count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) {
    const octets data = any_octets();
    if (data.empty()) continue;
    chunk_form form{.upper_hex = *rc::gen::arbitrary<bool>()};
    form.extension = *rc::gen::element<octets>("", ";a", " ; a = \"b;c\"", ";a=1;b");
    c.stream += encode_chunk(data, form);
    written += data;
    sizes.push_back(data.size());
  }
  sizes.push_back(0);
  const bool trailer = *rc::gen::arbitrary<bool>();
  c.stream += trailer ? encode_last_chunk({{"A", "b"}}) : encode_last_chunk();

  octets read;
  std::vector<std::uint64_t> headers;
  bool trailer_read = false;
  for (const http_item& item : decode(c, any_cuts(c.stream))) {
    RC_ASSERT(!std::holds_alternative<wire_error>(item.what));
    if (const auto* piece = std::get_if<body_piece>(&item.what)) read += piece->data;
    if (const auto* header = std::get_if<chunk_header>(&item.what)) headers.push_back(header->size);
    if (const auto* section = std::get_if<trailer_section>(&item.what))
      trailer_read = section->fields.first("a") == "b";
    if (const auto* end = std::get_if<message_end>(&item.what)) RC_ASSERT(end->complete);
  }
  RC_ASSERT(read == written);
  RC_ASSERT(headers == sizes);
  RC_ASSERT(trailer_read == trailer);
}

// Fragments of messages in any order reach far more of the decoder than random octets do.
RC_GTEST_PROP(http_decoder, any_stream_gives_the_same_items_however_it_is_cut, ()) {
  const auto role = *rc::gen::element(request, response);
  stream_case c{"", role, ""};
  const auto parts = *rc::gen::container<std::vector<octets>>(rc::gen::element<octets>(
      "GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 C\r\n", "\r\n", "\n", "\r", " ",
      ":", "A: b\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "3\r\n", "abc",
      "0\r\n", ";a=\"", "\t", octets(1, '\0'), "\xFF", "f"));
  for (const octets& part : parts)
    c.stream += part;
  const items whole = decode(c, {});
  RC_ASSERT(decode(c, any_cuts(c.stream)) == whole);
  RC_ASSERT(decode(c, every_offset(c.stream)) == whole);
}

}  // namespace
}  // namespace halley::wire::testing
