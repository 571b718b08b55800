#include "wire/websocket_handshake.hpp"

#include "base/bytes.hpp"
#include "wire/deflate.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace halley::wire {
namespace {

using lines = std::vector<std::pair<octets, octets>>;
using enum wire_error;

field_section section(const lines& given) {
  field_section result;
  for (const auto& [name, value] : given) {
    octets raw = name;
    raw.append(": ").append(value).append("\r\n");
    result.lines.push_back({name, value, std::move(raw)});
  }
  return result;
}

request_head request_with(const lines& more) {
  request_head head;
  head.method = "GET";
  head.target = "/chat";
  head.fields = section({{"Host", "server.example.com"},
                         {"Upgrade", "websocket"},
                         {"Connection", "Upgrade"},
                         {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                         {"Sec-WebSocket-Version", "13"}});
  for (const auto& line : section(more).lines)
    head.fields.lines.push_back(line);
  return head;
}

response_head response_of(const lines& given) {
  response_head head;
  head.status = 101;
  head.fields = section(given);
  return head;
}

const std::pair<octets, octets> upgrade{"Upgrade", "websocket"};
const std::pair<octets, octets> connection{"Connection", "Upgrade"};
const std::pair<octets, octets> accept_line{"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="};

TEST(websocket_handshake, computes_the_accept_value_of_rfc_6455_section_1_3) {
  EXPECT_EQ(accept_value("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(accept_value(" dGhlIHNhbXBsZSBub25jZQ==\t"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(websocket_handshake, a_request_asks_for_websocket_by_two_fields) {
  struct request_case {
    lines fields;
    bool asks;
  };
  const request_case cases[] = {
      {{{"Upgrade", "websocket"}, {"Connection", "Upgrade"}}, true},
      {{{"upgrade", "WebSocket"}, {"connection", "keep-alive, upgrade"}}, true},
      {{{"Upgrade", "h2c, websocket"}, {"Connection", "keep-alive"}, {"Connection", "Upgrade"}},
       true},
      {{{"Upgrade", "websocket"}}, false},
      {{{"Connection", "Upgrade"}}, false},
      {{{"Upgrade", "websockets"}, {"Connection", "Upgrade"}}, false},
      {{{"Upgrade", "websocket"}, {"Connection", "Upgrades"}}, false},
  };
  for (const request_case& test : cases) {
    request_head head;
    head.fields = section(test.fields);
    EXPECT_EQ(asks_for_websocket(head), test.asks) << head.fields.lines.front().raw;
  }
}

struct judged {
  const char* title;
  lines request;
  lines response;
  std::vector<wire_error> deviations;
};

/// Source: RFC 6455 §4.1, the client's checks 2 to 6.
const judged base_cases[] = {
    {"all well", {}, {upgrade, connection, accept_line}, {}},
    {"names and tokens in any case",
     {},
     {{"UPGRADE", "WebSocket"}, {"CONNECTION", "keep-alive, UPGRADE"}, accept_line},
     {}},
    {"blanks around the accept value",
     {},
     {upgrade, connection, {"Sec-WebSocket-Accept", " s3pPLMBiTxaQ9kYGzzhZRbK+xOo= "}},
     {}},
    {"no Upgrade", {}, {connection, accept_line}, {missing_upgrade}},
    {"another protocol", {}, {{"Upgrade", "h2c"}, connection, accept_line}, {missing_upgrade}},
    {"a list is not the value websocket",
     {},
     {{"Upgrade", "websocket, h2c"}, connection, accept_line},
     {missing_upgrade}},
    {"no Connection", {}, {upgrade, accept_line}, {missing_connection_upgrade}},
    {"Connection without the token",
     {},
     {upgrade, {"Connection", "keep-alive"}, accept_line},
     {missing_connection_upgrade}},
    {"no accept value", {}, {upgrade, connection}, {bad_accept_key}},
    {"the accept value of another key",
     {},
     {upgrade, connection, {"Sec-WebSocket-Accept", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="}},
     {bad_accept_key}},
    {"an accept value in another case",
     {},
     {upgrade, connection, {"Sec-WebSocket-Accept", "S3pPLMBiTxaQ9kYGzzhZRbK+xOo="}},
     {bad_accept_key}},
    {"two accept values", {}, {upgrade, connection, accept_line, accept_line}, {bad_accept_key}},
    {"nothing", {}, {}, {missing_upgrade, missing_connection_upgrade, bad_accept_key}},
};

TEST(websocket_handshake, judges_the_fields_that_every_response_needs) {
  for (const judged& test : base_cases) {
    const auto result = judge_handshake(request_with(test.request), response_of(test.response));
    EXPECT_EQ(result.deviations, test.deviations) << test.title;
    EXPECT_FALSE(result.subprotocol) << test.title;
    EXPECT_FALSE(result.deflate) << test.title;
  }
}

TEST(websocket_handshake, a_subprotocol_must_have_been_asked_for) {
  struct subprotocol_case {
    lines request;
    lines response;
    std::optional<octets> agreed;
    bool wrong;
  };
  const octets field = "Sec-WebSocket-Protocol";
  const subprotocol_case cases[] = {
      {{{field, "chat, superchat"}}, {}, {}, false},
      {{{field, "chat, superchat"}}, {{field, "superchat"}}, "superchat", false},
      {{{field, "chat"}, {field, "superchat"}}, {{field, "superchat"}}, "superchat", false},
      {{{field, "chat"}}, {{field, "other"}}, "other", true},
      {{{field, "chat"}}, {{field, "Chat"}}, "Chat", true},
      {{{field, "chat"}}, {{field, ""}}, "", true},
      {{}, {{field, "chat"}}, "chat", true},
      // One at most: RFC 6455 §4.2.2 item 5.5.
      {{{field, "a, b"}}, {{field, "a, b"}}, "a, b", true},
      {{{field, "a, b"}}, {{field, "a"}, {field, "b"}}, "a, b", true},
  };
  for (const subprotocol_case& test : cases) {
    lines response{upgrade, connection, accept_line};
    response.insert(response.end(), test.response.begin(), test.response.end());
    const auto result = judge_handshake(request_with(test.request), response_of(response));
    const std::vector<wire_error> wrong{unrequested_subprotocol};
    EXPECT_EQ(result.deviations, test.wrong ? wrong : std::vector<wire_error>());
    EXPECT_EQ(result.subprotocol, test.agreed);
  }
}

struct extension_case {
  const char* offered;   ///< "" for no field
  const char* answered;  ///< "" for no field
  std::optional<deflate_parameters> agreed;
  std::size_t wrong;  ///< how many unrequested_extension
};

const extension_case extension_cases[] = {
    {"", "", {}, 0},
    {"permessage-deflate", "", {}, 0},
    {"permessage-deflate", "permessage-deflate", deflate_parameters(), 0},
    {"foo, bar", "bar", {}, 0},
    {"Permessage-Deflate", "permessage-deflate", deflate_parameters(), 0},
    {"foo, permessage-deflate", "foo, permessage-deflate", deflate_parameters(), 0},
    // Not asked for at all, or not readable.
    {"", "permessage-deflate", {}, 1},
    {"", "foo, bar", {}, 2},
    {"foo", "permessage-deflate", {}, 1},
    {"permessage-deflate", "x-webkit-deflate-frame", {}, 1},
    {"permessage-deflate", "permessage-deflate;", {}, 1},
    {"permessage-deflate", "permessage-deflate; foo", {}, 1},
    {"permessage-deflate", "permessage-deflate; server_max_window_bits=7", {}, 1},
    {"permessage-deflate", "permessage-deflate, permessage-deflate", deflate_parameters(), 1},
    // The server may bind itself and free the client from context takeover unasked, RFC 7692
    // §7.1.1, §7.1.2.1.
    {"permessage-deflate",
     "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
     "server_max_window_bits=10",
     deflate_parameters{true, true, 10, 15}, 0},
    // What the client asked of the server must be granted.
    {"permessage-deflate; server_no_context_takeover", "permessage-deflate", {}, 1},
    {"permessage-deflate; server_no_context_takeover",
     "permessage-deflate; server_no_context_takeover", deflate_parameters{true, false, 15, 15}, 0},
    {"permessage-deflate; server_max_window_bits=10", "permessage-deflate", {}, 1},
    {"permessage-deflate; server_max_window_bits=10",
     "permessage-deflate; server_max_window_bits=11",
     {},
     1},
    {"permessage-deflate; server_max_window_bits=10",
     "permessage-deflate; server_max_window_bits=9", deflate_parameters{false, false, 9, 15}, 0},
    // client_max_window_bits only if offered, and then with a value. RFC 7692 §7.1.2.2.
    {"permessage-deflate", "permessage-deflate; client_max_window_bits=10", {}, 1},
    {"permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits=10",
     deflate_parameters{false, false, 15, 10}, 0},
    {"permessage-deflate; client_max_window_bits",
     "permessage-deflate; client_max_window_bits",
     {},
     1},
    {"permessage-deflate; client_max_window_bits=10",
     "permessage-deflate; client_max_window_bits=11",
     {},
     1},
    {"permessage-deflate; client_max_window_bits", "permessage-deflate", deflate_parameters(), 0},
    // Several offers: the answer has to fit one of them.
    {"permessage-deflate; server_max_window_bits=10, permessage-deflate", "permessage-deflate",
     deflate_parameters(), 0},
    {"permessage-deflate; server_max_window_bits=10; client_max_window_bits, permessage-deflate",
     "permessage-deflate; client_max_window_bits=9",
     {},
     1},
};

TEST(websocket_handshake, an_extension_must_have_been_offered_as_it_was_accepted) {
  for (const extension_case& test : extension_cases) {
    const octets field = "Sec-WebSocket-Extensions";
    lines request;
    if (*test.offered != '\0') request.emplace_back(field, test.offered);
    lines response{upgrade, connection, accept_line};
    if (*test.answered != '\0') response.emplace_back(field, test.answered);
    const auto result = judge_handshake(request_with(request), response_of(response));
    SCOPED_TRACE(octets(test.offered) + " => " + test.answered);
    EXPECT_EQ(result.deviations, std::vector(test.wrong, unrequested_extension));
    EXPECT_EQ(result.deflate, test.agreed);
  }
}

}  // namespace
}  // namespace halley::wire
