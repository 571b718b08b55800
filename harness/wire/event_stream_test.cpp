#include "wire/event_stream.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "wire/every_cut.hpp"
#include "wire/utf8.hpp"
#include "wire/wire_error.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::wire {
namespace {

using namespace std::string_literals;
using strings = std::vector<std::string>;

std::string describe(const sse_event& event) {
  std::string result = event.type + " \"" + printable(event.data) + '"';
  if (!event.last_event_id.empty()) result += " last=" + event.last_event_id;
  if (event.id) result += " id=" + *event.id;
  return result;
}
std::string describe(const sse_comment& comment) {
  return ":" + printable(comment.text);
}
std::string describe(const sse_retry& retry) {
  return "retry " + std::to_string(retry.milliseconds);
}
std::string describe(wire_error error) {
  return std::string(name(error));
}

/// "AT+SIZE what".
strings describe(const std::vector<sse_item>& items) {
  strings result;
  for (const sse_item& item : items) {
    const auto what = std::visit([](const auto& value) { return describe(value); }, item.what);
    result.push_back(std::to_string(item.at) + '+' + std::to_string(item.size) + ' ' + what);
  }
  return result;
}

/// Only the events, without their places.
strings events_of(const std::vector<sse_item>& items) {
  strings result;
  for (const sse_item& item : items)
    if (const auto* event = std::get_if<sse_event>(&item.what)) {
      sse_event seen = *event;
      seen.id.reset();
      result.push_back(describe(seen));
    }
  return result;
}

/// Decodes whole and in all cuts, which must agree.
std::vector<sse_item> decode_all_cuts(octet_view wire, sse_limits limits = {}) {
  const auto whole = every_cut::decode<sse_item>(event_stream_decoder(limits), wire, {});
  for (const auto& ends : every_cut::all(wire.size())) {
    const auto cut = every_cut::decode<sse_item>(event_stream_decoder(limits), wire, ends);
    EXPECT_EQ(describe(cut), describe(whole)) << testing::PrintToString(ends);
    if (cut != whole) break;
  }
  return whole;
}

struct stream_case {
  std::string wire;
  strings events;
};

/// What a conforming client dispatches. Source: WHATWG HTML, "Server-sent events", parsing and
/// interpretation.
const stream_case stream_cases[] = {
    // Line ends.
    {"data: hello\n\n", {"message \"hello\""}},
    {"data: hello\r\n\r\n", {"message \"hello\""}},
    {"data: hello\r\r", {"message \"hello\""}},
    {"data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\r\n\n",
     {"message \"a\"", "message \"b\"", "message \"c\"", "message \"d\""}},
    {"data:test\r\ndata\ndata:test\r\n\r\n", {"message \"test\\n\\ntest\""}},
    {"data: Hello\r\ndata: World\r\n\r\ndata: OK\r\n\r\n",
     {"message \"Hello\\nWorld\"", "message \"OK\""}},
    {"data: a\n\rdata: b\n\n", {"message \"a\"", "message \"b\""}},
    {"\n\r\n\rdata: a\n\n", {"message \"a\""}},
    {"data: a\n\n\n\n\ndata: b\n\n", {"message \"a\"", "message \"b\""}},
    {"data: a\xE2\x80\xA8"
     "b\xE2\x80\xA9"
     "c\n\n",
     {"message \"a\xE2\x80\xA8"
      "b\xE2\x80\xA9"
      "c\""}},
    {"data: d\ve\ff\n\n", {"message \"d\\x0be\\x0cf\""}},
    // Byte order mark.
    {"\xEF\xBB\xBF"
     "data: 1\n\ndata: 2\n\n",
     {"message \"1\"", "message \"2\""}},
    {"\xEF\xBB\xBF\xEF\xBB\xBF"
     "data: 1\n\ndata: 2\n\n",
     {"message \"2\""}},
    {"data: a\n\ndata: \xEF\xBB\xBF"
     "b\n\n",
     {"message \"a\"",
      "message \"\xEF\xBB\xBF"
      "b\""}},
    {"data: a\n\n\xEF\xBB\xBF"
     "data: b\n\ndata: c\n\n",
     {"message \"a\"", "message \"c\""}},
    {"\xEF\xBB\xBF:c\ndata: 1\n\n", {"message \"1\""}},
    {"\xEF\xBB\xBF"
     "event: g\nid: abc\ndata: 1\n\n",
     {"g \"1\" last=abc"}},
    // Comments.
    {":hb\n\n:hb\n\ndata: a\n\n", {"message \"a\""}},
    {":data: fail\n:event: fail\n\ndata: ok\n\n", {"message \"ok\""}},
    {"data: a\n:c\ndata: b\n\n", {"message \"a\\nb\""}},
    // Field names and values.
    {"Data: x\nDATA: x\ndata: a\nEVENT: b\n\n", {"message \"a\""}},
    {" data: x\ndata: a\n\n", {"message \"a\""}},
    {"data : x\ndata: a\n\n", {"message \"a\""}},
    {"data:  x\n\ndata:x\n\ndata:   \n\n", {"message \" x\"", "message \"x\"", "message \"  \""}},
    {"data:\tx\n\n", {"message \"\\tx\""}},
    {"data: a:b: c\n\n", {"message \"a:b: c\""}},
    {"data: a  \n\n", {"message \"a  \""}},
    {"data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n "
     "data:32\ndata:4\n\n"s,
     {"message \"\\x00\\n 2\\n1\\n3\\n\\n4\""}},
    {"=x\ndata: a\n\n", {"message \"a\""}},
    // Data.
    {"data\n\n", {"message \"\""}},
    {"data:\ndata:\n\n", {"message \"\\n\""}},
    {"data\n\ndata\ndata\n\ndata:", {"message \"\"", "message \"\\n\""}},
    {"event: foo\nid: 1\n\n", {}},
    {"data: YHOO\ndata: +2\ndata: 10\n\n", {"message \"YHOO\\n+2\\n10\""}},
    {"data: a\n\ndata: b\n", {"message \"a\""}},
    {": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
     {"message \"first event\" last=1", "message \"second event\"", "message \" third event\""}},
    // Event types.
    {"event: g\ndata: a\n\ndata: b\n\n", {"g \"a\"", "message \"b\""}},
    {"event: g\n\ndata: b\n\n", {"message \"b\""}},
    {"event: x\nevent: g\ndata: a\n\n", {"g \"a\""}},
    {"event:\ndata: a\n\nevent\ndata: b\n\nevent: g\nevent:\ndata: c\n\n",
     {"message \"a\"", "message \"b\"", "message \"c\""}},
    {"event: message\ndata: a\n\n", {"message \"a\""}},
    {"event: gr\xC3\xBC\xC3\x9F\ndata: a\n\n", {"gr\xC3\xBC\xC3\x9F \"a\""}},
    // Ids.
    {"id: abc\ndata: a\n\n", {"message \"a\" last=abc"}},
    {"id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c\n\n",
     {"message \"a\" last=1", "message \"b\" last=2", "message \"c\" last=2"}},
    {"id: 1\ndata: a\n\nid:\ndata: b\n\ndata: c\n\n",
     {"message \"a\" last=1", "message \"b\"", "message \"c\""}},
    {"id: 1\ndata: a\n\nid: x\0y\ndata: b\n\n"s, {"message \"a\" last=1", "message \"b\" last=1"}},
    {"id: 7\n\ndata: b\n\n", {"message \"b\" last=7"}},
    {"id: 1\nid: 2\ndata: a\n\n", {"message \"a\" last=2"}},
    {"retry: 5000\n\ndata: a\n\n", {"message \"a\""}},
    // UTF-8.
    {"data: \xE2\x82\xAC\xF0\x9F\x98\x80\n\n", {"message \"\xE2\x82\xAC\xF0\x9F\x98\x80\""}},
    {"data: a\xE2\x82\ndata: b\n\n", {"message \"a\xEF\xBF\xBD\\nb\""}},
    {"data: \xED\xA0\x80\n\n", {"message \"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""}},
    {"data: \xC0\xAF\n\n", {"message \"\xEF\xBF\xBD\xEF\xBF\xBD\""}},
    {"event: \xFF\ndata: a\n\n", {"\xEF\xBF\xBD \"a\""}},
};

TEST(event_stream, dispatches_what_a_conforming_client_dispatches_however_it_is_cut) {
  for (const stream_case& test : stream_cases) {
    SCOPED_TRACE(printable(test.wire));
    EXPECT_EQ(events_of(decode_all_cuts(test.wire)), test.events);
  }
}

/// Everything that is found, with its place in the body.
const stream_case item_cases[] = {
    {"", {}},
    {"\n\n\r\n", {}},
    {"id: 1\ndata: a\n\n\ndata: b\n\n",
     {"0+15 message \"a\" last=1 id=1", "16+9 message \"b\" last=1"}},
    // The LF of a CRLF belongs to no item: it may come any time later.
    {"data: a\r\n\r\ndata: b\r\n\r\n", {"0+10 message \"a\"", "11+10 message \"b\""}},
    {"\xEF\xBB\xBF"
     "data: a\n\n",
     {"3+9 message \"a\""}},
    {": hb\ndata: a\n\n", {"0+5 : hb", "0+14 message \"a\""}},
    {":\n\n", {"0+2 :"}},
    {"data: a\nretry: 10\n\n", {"8+10 retry 10", "0+19 message \"a\""}},
    {"retry:007\nretry: 99999999999999999999999\n",
     {"0+10 retry 7", "10+31 retry 18446744073709551615", "0+41 event_stream_unfinished"}},
    {"retry: 1s\nretry: -1\nretry\nretry:  1\nretry: \xD9\xA1\n\n",
     {"0+10 event_stream_bad_retry", "10+10 event_stream_bad_retry", "20+6 event_stream_bad_retry",
      "26+10 event_stream_bad_retry", "36+10 event_stream_bad_retry"}},
    {"id: a\0\n\n"s, {"0+7 event_stream_nul_in_id"}},
    {"foo: a\nbar\n\n", {"0+7 event_stream_unknown_field", "7+4 event_stream_unknown_field"}},
    // An unfinished block; comments alone are not thrown away.
    {"data: a\n\ndata: b\n", {"0+9 message \"a\"", "9+8 event_stream_unfinished"}},
    {"data: a\n\ndat", {"0+9 message \"a\"", "9+3 event_stream_unfinished"}},
    {":c\n:d\ndat", {"0+3 :c", "3+3 :d", "0+9 event_stream_unfinished"}},
    {":c\n", {"0+3 :c"}},
    {"data: a\n\n:c", {"0+9 message \"a\""}},
    {"data: a\r", {"0+8 event_stream_unfinished"}},
    // Wrong octets: once, at the first impossible one.
    {"data: a\xFF\xFF\n\n",
     {"7+1 event_stream_bad_utf8", "0+11 message \"a\xEF\xBF\xBD\xEF\xBF\xBD\""}},
    {":\xE2\x82\n:\xFF\n", {"3+1 event_stream_bad_utf8", "0+4 :\xEF\xBF\xBD", "4+3 :\xEF\xBF\xBD"}},
    {":\xE2\x82", {"2+1 event_stream_bad_utf8"}},
    {"\xEF\xBB", {"1+1 event_stream_bad_utf8", "0+2 event_stream_unfinished"}},
    {"\xEF\xBB"
     "data: a\n\n",
     {"2+1 event_stream_bad_utf8", "0+10 event_stream_unknown_field"}},
};

TEST(event_stream, reports_everything_with_its_place_however_it_is_cut) {
  for (const stream_case& test : item_cases) {
    SCOPED_TRACE(printable(test.wire));
    EXPECT_EQ(describe(decode_all_cuts(test.wire)), test.events);
  }
}

/// Lines of eight octets and eleven octets of data.
const stream_case limit_cases[] = {
    {"data: ab\n\n", {"0+10 message \"ab\""}},
    {"data: abc\ndata: d\n\n", {"0+9 event_stream_line_too_long", "0+19 message \"d\""}},
    {"data: \xFF"
     "bc\xFF\n\n",
     {"6+1 event_stream_bad_utf8", "0+9 event_stream_line_too_long"}},
    {"data: ab\xFF\n\n", {"0+9 event_stream_line_too_long", "8+1 event_stream_bad_utf8"}},
    {":23456789", {"0+9 event_stream_line_too_long", "0+9 event_stream_unfinished"}},
    {"data:abc\ndata:def\ndata:ghi\n\n", {"0+28 message \"abc\\ndef\\nghi\""}},
    {"data:abc\ndata:def\ndata:ghi\ndata\nid:1\n\ndata:x\n\n",
     {"27+5 event_stream_line_too_long", "38+8 message \"x\" last=1"}},
};

TEST(event_stream, keeps_to_its_limits_however_it_is_cut) {
  for (const stream_case& test : limit_cases) {
    SCOPED_TRACE(printable(test.wire));
    EXPECT_EQ(describe(decode_all_cuts(test.wire, {8, 11})), test.events);
  }
}

TEST(event_stream, an_event_is_there_with_the_octet_that_ends_its_block) {
  for (const char* wire : {"data: a\n\n", "data: a\r\r", "data: a\r\n\r"}) {
    const octet_view view = wire;
    event_stream_decoder decoder;
    std::vector<sse_item> items;
    decoder.feed(view.substr(0, view.size() - 1), items);
    EXPECT_TRUE(items.empty());
    decoder.feed(view.substr(view.size() - 1), items);
    EXPECT_EQ(events_of(items), (strings{"message \"a\""}));
  }
}

TEST(event_stream, an_event_is_written_in_a_fixed_order_of_fields) {
  sse_fields fields;
  EXPECT_EQ(encode(fields), "\n");
  fields.data = "a\nb\r\nc\rd\n";
  fields.retry = "10";
  fields.event = "g";
  fields.id = "1";
  EXPECT_EQ(encode(fields),
            "id: 1\nevent: g\nretry: 10\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
  fields = {};
  fields.data = "";
  fields.line_end = "\r\n";
  EXPECT_EQ(encode(fields), "data: \r\n\r\n");
}

RC_GTEST_PROP(event_stream,
              any_octets_give_the_same_items_however_they_are_cut,
              (const std::vector<std::uint8_t>& steps)) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element("data"s, "id"s, "event"s, "retry"s, ":"s, ": "s, "\n"s, "\r"s, "\r\n"s, "1"s,
                       "x"s, "\0"s, "\xEF\xBB\xBF"s, "\xE2\x82"s, "\xFF"s, "\xC3\xA4"s));
  octets wire;
  for (const std::string& piece : pieces)
    wire += piece;
  std::vector<std::size_t> ends;
  std::size_t at = 0;
  for (const std::uint8_t step : steps) {
    at += step % 8;
    if (at < wire.size()) ends.push_back(at);
  }
  const sse_limits limits{20, 30};
  const auto whole = every_cut::decode<sse_item>(event_stream_decoder(limits), wire, {});
  const auto cut = every_cut::decode<sse_item>(event_stream_decoder(limits), wire, ends);
  RC_ASSERT(describe(cut) == describe(whole));
  RC_ASSERT(cut == whole);
}

/// `text` with every line end as LF, which is how data lines are joined.
octets with_lf(octet_view text) {
  octets result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && text.substr(i).starts_with("\r\n")) continue;
    result += text[i] == '\r' ? '\n' : text[i];
  }
  return result;
}

RC_GTEST_PROP(event_stream,
              events_that_were_encoded_are_decoded,
              (const std::vector<std::pair<std::string, std::string>>& texts)) {
  const octets line_end = *rc::gen::element("\n"s, "\r"s, "\r\n"s);
  octets wire;
  std::vector<sse_event> sent;
  for (const auto& [id, data] : texts) {
    sse_fields fields;
    fields.line_end = line_end;
    const octets last_id = to_hex(id);
    const octets text = with_replacements(data);
    fields.id = last_id;
    fields.data = text;
    wire += encode(fields);
    sent.push_back({"message", with_lf(text), last_id, last_id});
  }
  std::vector<sse_event> got;
  const auto step = *rc::gen::inRange<std::size_t>(1, 20);
  std::vector<std::size_t> ends;
  for (std::size_t at = step; at < wire.size(); at += step)
    ends.push_back(at);
  for (const auto& item : every_cut::decode<sse_item>(event_stream_decoder(), wire, ends)) {
    RC_ASSERT(std::holds_alternative<sse_event>(item.what));
    got.push_back(std::get<sse_event>(item.what));
  }
  RC_ASSERT(got == sent);
}

}  // namespace
}  // namespace halley::wire
