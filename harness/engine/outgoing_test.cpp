#include "engine/outgoing.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/random.hpp"
#include "engine/environment.hpp"
#include "scenario/value.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/wire_error.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::engine {
namespace {

using scenario::value;

value text(octets of) {
  return value{std::move(of), {}};
}
value number(std::int64_t of) {
  return value{of, {}};
}
value truth(bool of) {
  return value{of, {}};
}
value map(std::initializer_list<scenario::named_value> entries) {
  return value{scenario::value_map(entries), {}};
}

outgoing sent(const std::string& form, const value& what, bool as_client = false) {
  random_source random(1);
  return encode_send(form, what, as_client, random);
}

struct row {
  const char* form;
  value what;
  octets wire;
};

void expect_octets(const std::vector<row>& rows) {
  for (const auto& one : rows)
    EXPECT_EQ(to_hex(sent(one.form, one.what).data), to_hex(one.wire))
        << one.form << " " << scenario::to_text(one.what);
}

octets from_digits(const char* digits) {
  return from_hex(digits).value();
}

TEST(outgoing, http_forms_are_written_as_told) {
  expect_octets({
      {"http.head", text("GET / HTTP/1.1\nHost: a\n"), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"http.head", map({{"text", text("NONSENSE \x01\n A:b")}}), "NONSENSE \x01\r\n A:b\r\n\r\n"},
      {"http.chunk", map({{"data", text("0123456789")}}), "a\r\n0123456789\r\n"},
      {"http.chunk", map({{"data", text("0123456789")}, {"hex", text("upper")}}),
       "A\r\n0123456789\r\n"},
      {"http.chunk", map({{"data", text("x")}, {"extension", text(";a=\"b\"")}}),
       "1;a=\"b\"\r\nx\r\n"},
      {"http.chunk", map({{"data", text("x")}, {"size-says", text("-1")}}), "-1\r\nx\r\n"},
      {"http.chunk", map({{"data", text("x")}, {"size-says", text("0x1")}}), "0x1\r\nx\r\n"},
      {"http.end", map({}), "0\r\n\r\n"},
      {"http.end", map({{"trailers", map({{"A", text("b")}, {"C", number(1)}})}}),
       "0\r\nA: b\r\nC: 1\r\n\r\n"},
      {"bytes", text("\r\n\r\n"), "\r\n\r\n"},
      {"bytes", map({{"hex", text("00ff")}}), octets("\0\xff", 2)},
      {"sse.event",
       map({{"data", text("a\nb")}, {"id", number(1)}, {"event", text("e")}, {"retry", number(5)}}),
       "id: 1\nevent: e\nretry: 5\ndata: a\ndata: b\n\n"},
  });
}

TEST(outgoing, frames_are_written_as_told) {
  expect_octets({
      {"ws.frame", map({{"opcode", text("text")}, {"payload", text("hi")}}),
       from_digits("8102 6869")},
      {"ws.frame", map({{"opcode", text("continuation")}, {"fin", truth(false)}}),
       from_digits("0000")},
      {"ws.frame", map({{"opcode", text("ping")}, {"rsv", number(7)}}), from_digits("f900")},
      {"ws.frame", map({{"opcode", number(11)}, {"rsv", number(2)}}), from_digits("ab00")},
      {"ws.frame", map({{"opcode", text("opcode-3")}}), from_digits("8300")},
      {"ws.frame", map({{"opcode", text("11")}}), from_digits("8b00")},
      {"ws.frame",
       map({{"opcode", text("binary")}, {"payload", text("a")}, {"mask", text("01020304")}}),
       from_digits("8281 01020304 60")},
      {"ws.frame",
       map({{"opcode", text("binary")},
            {"payload", text("a")},
            {"mask", map({{"hex", text("01020304")}})}}),
       from_digits("8281 01020304 60")},
      {"ws.frame",
       map({{"opcode", text("binary")}, {"payload", text("a")}, {"mask", text("zero")}}),
       from_digits("8281 00000000 61")},
      {"ws.close", map({}), from_digits("8800")},
      {"ws.close", map({{"code", number(1000)}, {"reason", text("ok")}}),
       from_digits("8804 03e8 6f6b")},
      {"ws.close", map({{"code", number(65535)}}), from_digits("8802 ffff")},
  });
}

TEST(outgoing, lengths_lie_when_told_to) {
  expect_octets({
      {"ws.frame",
       map({{"opcode", text("text")}, {"payload", text("a")}, {"length-form", text("16bit")}}),
       from_digits("817e 0001 61")},
      {"ws.frame",
       map({{"opcode", text("text")}, {"payload", text("a")}, {"length-form", text("64bit")}}),
       from_digits("817f 0000000000000001 61")},
      {"ws.frame",
       map({{"opcode", text("text")}, {"payload", text("a")}, {"length-says", number(5)}}),
       from_digits("8105 61")},
      {"ws.frame", map({{"opcode", text("text")}, {"length-says", text("0xffffffffffffffff")}}),
       from_digits("817f ffffffffffffffff")},
      {"ws.frame", map({{"opcode", text("text")}, {"length-says", text("0x8000000000000000")}}),
       from_digits("817f 8000000000000000")},
  });
}

std::vector<wire::websocket_item> decoded(const octets& data, bool from_client, bool deflate) {
  wire::websocket_settings settings;
  settings.from_client = from_client;
  if (deflate) settings.deflate.emplace();
  wire::websocket_decoder decoder(settings);
  std::vector<wire::websocket_item> items;
  decoder.feed(data, items);
  decoder.finish(items);
  return items;
}

TEST(outgoing, messages_come_back_whole_whatever_their_frames) {
  for (const bool client : {true, false})
    for (const bool deflate : {true, false})
      for (const char* fragment : {"", "1", "3", "1KiB"})
        for (const char* payload : {"", "a", "hello, hello, hello"}) {
          scenario::value_map what = {{"type", text("text")}, {"payload", text(payload)}};
          if (*fragment != '\0') what.push_back({"fragment", text(fragment)});
          if (deflate) what.push_back({"compress", truth(true)});
          const auto made = sent("ws.message", {what, {}}, client);
          std::vector<wire::websocket_message> messages;
          for (const auto& item : decoded(made.data, client, deflate)) {
            EXPECT_FALSE(std::holds_alternative<wire::wire_error>(item.what));
            if (const auto* one = std::get_if<wire::websocket_message>(&item.what))
              messages.push_back(*one);
          }
          ASSERT_EQ(messages.size(), 1U) << payload << fragment << deflate;
          EXPECT_EQ(messages[0].data, payload);
          EXPECT_EQ(messages[0].compressed, deflate);
        }
}

TEST(outgoing, clients_mask_with_fresh_keys_unless_told_otherwise) {
  random_source random(1);
  const auto what = map({{"opcode", text("text")}, {"payload", text("aaaa")}});
  const auto first = encode_send("ws.frame", what, true, random).data;
  const auto second = encode_send("ws.frame", what, true, random).data;
  EXPECT_EQ(first.size(), 10U);
  EXPECT_NE(first, second);
  EXPECT_EQ(sent("ws.frame", map({{"opcode", text("text")}, {"mask", text("none")}}), true).data,
            from_digits("8100"));
}

TEST(outgoing, cuts_stand_where_structure_ends) {
  using cuts = std::vector<std::size_t>;
  EXPECT_EQ(sent("bytes", text("a\r\nb")).cuts, (cuts{2, 3}));
  EXPECT_EQ(sent("http.chunk", map({{"data", text("\r\n\r\n")}})).cuts, (cuts{2, 3, 7, 8}));
  EXPECT_EQ(sent("ws.frame", map({{"opcode", text("text")}, {"payload", text("abcd")}})).cuts,
            (cuts{1, 2, 4}));
  EXPECT_EQ(sent("ws.close", map({})).cuts, (cuts{1}));
}

TEST(outgoing, content_that_makes_no_sense_is_told) {
  const std::vector<std::pair<const char*, value>> wrong = {
      {"ws.nonsense", map({})},
      {"ws.frame", map({{"opcode", text("poke")}})},
      {"ws.frame", map({{"opcode", text("text")}, {"mask", text("123")}})},
      {"ws.frame", map({{"opcode", text("text")}, {"mask", map({{"hex", text("00")}})}})},
      {"ws.frame", map({{"opcode", text("text")}, {"length-says", text("0x")}})},
      {"ws.frame", map({{"opcode", text("text")}, {"length-says", text("0x1ffffffffffffffff")}})},
      {"ws.frame", map({{"opcode", text("text")}, {"length-says", text("many")}})},
      {"ws.frame", map({{"opcode", text("text")}, {"fin", text("maybe")}})},
      {"ws.message", map({{"type", text("text")}, {"fragment", text("small")}})},
      {"ws.close", map({{"code", text("bye")}})},
      {"bytes", map({{"hex", text("0")}})},
  };
  for (const auto& [form, what] : wrong)
    EXPECT_THROW(sent(form, what), bad_expression) << form << " " << scenario::to_text(what);
}

}  // namespace
}  // namespace halley::engine
