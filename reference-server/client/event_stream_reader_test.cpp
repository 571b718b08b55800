#include "reference-server/client/event_stream_reader.hpp"

#include "base/bytes.hpp"
#include "reference-server/client/client_options.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace halley::gateway {
namespace {

struct stream_case {
  std::string name;
  octets stream;
  octets messages;  // "type|data|id;" each
  octets last_id = {};
};

void PrintTo(const stream_case& one, std::ostream* out) {
  *out << one.name;
}

/// What is told of `stream` where it comes in pieces of `size`.
octets told_of(octet_view stream, std::size_t size, event_stream_reader& reader) {
  octets result;
  const auto tell = [&](const stream_message& one) {
    result += one.type + "|" + one.data + "|" + one.id + ";";
    return true;
  };
  for (std::size_t at = 0; at < stream.size(); at += size)
    EXPECT_TRUE(reader.feed(stream.substr(at, size), tell));
  reader.end(tell);
  return result;
}

std::vector<stream_case> cases() {
  const octets nul(1, '\0');
  return {
      {"lf", "data: a\n\n", "message|a|;"},
      {"crlf", "data: a\r\n\r\n", "message|a|;"},
      {"cr", "data: a\r\r", "message|a|;"},
      {"mixed", "data: a\n\rdata: b\r\n\ndata: c\r\r\n", "message|a|;message|b|;message|c|;"},
      {"crlf_is_one", "data: a\r\ndata: b\r\n\r\n", "message|a\nb|;"},
      {"empty_lines", "\n\r\n\rdata: a\n\n\n\n", "message|a|;"},
      {"other_separators", "data: a\xE2\x80\xA8\x0B\n\n", "message|a\xE2\x80\xA8\x0B|;"},
      {"mark",
       "\xEF\xBB\xBF"
       "data: a\n\n",
       "message|a|;"},
      {"mark_alone", "\xEF\xBB\xBF\n\ndata: a\n\n", "message|a|;"},
      {"later_mark",
       "data: a\n\n\xEF\xBB\xBF"
       "data: b\n\n",
       "message|a|;"},
      {"mark_in_value",
       "data: \xEF\xBB\xBF"
       "a\n\n",
       "message|\xEF\xBB\xBF"
       "a|;"},
      {"two_marks",
       "\xEF\xBB\xBF\xEF\xBB\xBF"
       "data: a\n\n",
       ""},
      {"comment", ":data: a\n:\n\n", ""},
      {"comment_inside", "data: a\n: b\ndata: c\n\n", "message|a\nc|;"},
      {"unknown", "Data: a\n data: b\ndata : c\nx\n=\n\n", ""},
      {"spaces", "data:  a \n\ndata:b\n\n", "message| a |;message|b|;"},
      {"colons", "data: a:b: c\n\n", "message|a:b: c|;"},
      {"no_colon", "data\n\ndata\ndata\n\n", "message||;message|\n|;"},
      {"nul_in_data", "data: a" + nul + "b\n\n", "message|a" + nul + "b|;"},
      {"nul_in_name", "data" + nul + ": a\n\n", ""},
      {"no_data", "event: a\nid: 1\n\n", "", "1"},
      {"type", "event: a\ndata: b\n\ndata: c\n\n", "a|b|;message|c|;"},
      {"type_of_no_data", "event: a\n\ndata: c\n\n", "message|c|;"},
      {"last_type", "event: a\nevent: b\ndata\n\nevent: a\nevent\ndata\n\n", "b||;message||;"},
      {"id_stays", "id: 1\ndata: a\n\ndata: b\n\n", "message|a|1;message|b|1;", "1"},
      {"id_empty", "id: 1\ndata: a\n\nid\ndata: b\n\n", "message|a|1;message|b|;"},
      {"id_with_nul", "id: 1\n\nid: x" + nul + "\ndata: b\n\n", "message|b|1;", "1"},
      {"id_of_no_data", "id: 7\n\ndata: b\n\n", "message|b|7;", "7"},
      {"id_unfinished", "id: 1\n\nid: 2\ndata: a\n", "", "1"},
      {"id_spaces", "id:  1 \n\n", "", " 1 "},
      {"unfinished", "data: a\n\ndata: b\n", "message|a|;"},
      {"cut_line", "data: a\n\ndata: b", "message|a|;"},
      {"utf_8", "data: \xC3\xA9\xF0\x9F\x98\x80\n\n", "message|\xC3\xA9\xF0\x9F\x98\x80|;"},
      {"cut_character", "data: \xE2\x82\n\n", "message|\xEF\xBF\xBD|;"},
      {"surrogate", "event: \xED\xA0\x80\ndata\n\n", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD||;"},
  };
}

class event_stream : public testing::TestWithParam<stream_case> {};

TEST_P(event_stream, is_read_the_same_in_any_pieces) {
  const stream_case& one = GetParam();
  const client_options how;
  for (const std::size_t size :
       {one.stream.size(), std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
    event_stream_reader reader(how, "");
    EXPECT_EQ(told_of(one.stream, size, reader), one.messages) << size;
    EXPECT_EQ(reader.last_id(), one.last_id) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(cases, event_stream, testing::ValuesIn(cases()), [](const auto& one) {
  return one.param.name;
});

TEST(event_stream_reader, takes_digits_only_for_a_reconnection_time) {
  struct row {
    octets stream;
    std::optional<std::uint64_t> retry;
  };
  for (const row& one : std::vector<row>{{"retry: 700\n", 700},
                                         {"retry:0\n", 0},
                                         {"retry: 007\n", 7},
                                         {"retry: 1\nretry: 2\n", 2},
                                         {"retry: 1\nretry: x\n", 1},
                                         {"retry: 12a\n", std::nullopt},
                                         {"retry: -1\n", std::nullopt},
                                         {"retry:  1\n", std::nullopt},
                                         {"retry: 1.5\n", std::nullopt},
                                         {"retry:\n", std::nullopt},
                                         {"retry\n", std::nullopt},
                                         {"Retry: 1\n", std::nullopt},
                                         {"retry: 5", std::nullopt}}) {
    const client_options how;
    event_stream_reader reader(how, "");
    told_of(one.stream, 1, reader);
    EXPECT_EQ(reader.retry(), one.retry) << one.stream;
  }
}

TEST(event_stream_reader, holds_a_reconnection_time_of_any_length) {
  const client_options how;
  event_stream_reader reader(how, "");
  told_of("retry: " + octets(1000, '9') + "\n", 10, reader);
  ASSERT_TRUE(reader.retry());
  EXPECT_GT(*reader.retry(), std::uint64_t{1} << 60U);
}

TEST(event_stream_reader, keeps_the_id_of_the_streams_before) {
  const client_options how;
  event_stream_reader reader(how, "7");
  EXPECT_EQ(told_of("data: a\n\n", 100, reader), "message|a|7;");
  EXPECT_EQ(reader.last_id(), "7");
}

TEST(event_stream_reader, dispatches_without_waiting_for_lf_behind_cr) {
  const client_options how;
  event_stream_reader reader(how, "");
  EXPECT_EQ(told_of("data: a\r\r", 100, reader), "message|a|;");
}

TEST(event_stream_reader, ends_where_no_more_is_wanted) {
  const client_options how;
  event_stream_reader reader(how, "");
  std::size_t told = 0;
  EXPECT_FALSE(reader.feed("data: a\n\ndata: b\n\n", [&](const stream_message&) {
    ++told;
    return false;
  }));
  EXPECT_EQ(told, 1U);
}

TEST(event_stream_reader, refuses_a_block_over_the_limit) {
  client_options how;
  how.maximum_message = 20;
  const auto all = [](const stream_message&) { return true; };
  event_stream_reader line(how, "");
  EXPECT_FALSE(line.feed(octets(21, 'x'), all));
  EXPECT_TRUE(line.too_large());
  event_stream_reader block(how, "");
  EXPECT_FALSE(block.feed("data: 1234567890\ndata: 1234567890\n\n", all));
  event_stream_reader some(how, "");
  EXPECT_TRUE(some.feed("data: 1234567890\n\ndata: 1234567890\n\n", all));
}

TEST(decoded_utf8, replaces_what_is_none) {
  const octets bad = "\xEF\xBF\xBD";
  const octets twice = bad + bad;
  struct row {
    octets text;
    octets decoded;
  };
  for (const row& one : std::vector<row>{{"a\xC3\xA9", "a\xC3\xA9"},
                                         {"\xFF", bad},
                                         {"\x80\x80", bad + bad},
                                         {"\xC0\xAF", bad + bad},
                                         {"\xC3", bad},
                                         {"\xC3"
                                          "a",
                                          bad + "a"},
                                         {"\xE0\x80\x80", twice + bad},
                                         {"\xE2\x82", bad},
                                         {"\xE2\x82"
                                          "a",
                                          bad + "a"},
                                         {"\xE2\x82\xE2\x82\xAC", bad + "\xE2\x82\xAC"},
                                         {"\xED\x9F\xBF", "\xED\x9F\xBF"},
                                         {"\xED\xA0\x80", twice + bad},
                                         {"\xF0\x9F\x98", bad},
                                         {"\xF0\x80\x80\x80", twice + twice},
                                         {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
                                         {"\xF4\x90\x80\x80", twice + twice},
                                         {"\xF5", bad},
                                         {"", ""}})
    EXPECT_EQ(decoded_utf8(one.text, client_options()), one.decoded) << one.text;
}

}  // namespace
}  // namespace halley::gateway
