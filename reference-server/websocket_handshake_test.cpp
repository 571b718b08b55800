#include "reference-server/websocket_handshake.hpp"

#include "base/bytes.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "reference-server/websocket_extensions.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace halley::gateway {
namespace {

request opening_with(const octets& name, const octets& value) {
  request head;
  head.method = "GET";
  head.fields = {{"Host", "halley"},
                 {"Upgrade", "websocket"},
                 {"Connection", "Upgrade"},
                 {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                 {"Sec-WebSocket-Version", "13"}};
  for (field& one : head.fields) {
    if (one.name != name) continue;
    one.value = value;
    return head;
  }
  if (!name.empty()) head.fields.push_back({name, value});
  return head;
}

options with(const char* mutant) {
  options how;
  how.mutants = {mutant};
  return how;
}

int status_of(const request& head, const options& how) {
  const auto refused = refuse_handshake(head, how);
  return refused ? refused->status : 101;
}

struct judged {
  const char* mutant;
  const char* name;
  const char* value;
  int sound;
  int mutated;
};

TEST(refuse_handshake, judges_each_field_and_each_mutant_otherwise) {
  const std::vector<judged> all = {
      {"upgrade-unchecked", "Upgrade", "h2c", 426, 101},
      {"connection-unchecked", "Connection", "close", 426, 101},
      {"connection-no-list", "Connection", "keep-alive, Upgrade", 101, 426},
      {"token-case-seen", "Upgrade", "WebSocket", 101, 426},
      {"token-case-seen", "Connection", "upgrade", 101, 426},
      {"any-version", "Sec-WebSocket-Version", "12", 426, 101},
      {"two-versions-accepted", "sec-websocket-version", "8", 426, 101},
      {"two-keys-accepted", "sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==", 400, 101},
      {"key-unchecked", "Sec-WebSocket-Key", "AAAA", 400, 101},
      {"field-name-case-seen", "HOST", "halley", 101, 400},
      {"unknown-field-refused", "Sec-WebSocket-Halley", "1", 101, 400},
      {"extension-syntax-unchecked", "Sec-WebSocket-Extensions", "x; a=", 400, 101},
  };
  for (const judged& one : all) {
    const request head = opening_with(one.name, one.value);
    EXPECT_EQ(status_of(head, options()), one.sound) << one.mutant;
    EXPECT_EQ(status_of(head, with(one.mutant)), one.mutated) << one.mutant;
    EXPECT_EQ(status_of(opening_with("", ""), with(one.mutant)), 101) << one.mutant;
  }
}

TEST(refuse_handshake, wants_a_key_a_version_of_http_and_no_body) {
  request head = opening_with("", "");
  head.fields.erase(head.fields.begin() + 3);
  EXPECT_EQ(status_of(head, options()), 400);
  EXPECT_EQ(status_of(head, with("no-key-accepted")), 101);
  head = opening_with("", "");
  head.minor = 0;
  EXPECT_EQ(status_of(head, options()), 400);
  EXPECT_EQ(status_of(head, with("upgrade-in-http10")), 101);
  head = opening_with("", "");
  head.body = framing::length;
  EXPECT_EQ(status_of(head, options()), 400);
  EXPECT_EQ(status_of(head, with("any-method-upgrades")), 101);
}

TEST(choose_protocol, takes_the_first_of_ours_that_was_offered) {
  const std::vector<std::string> ours = {"chat", "echo"};
  const auto chosen = [&ours](const octets& offer, const options& how) {
    return choose_protocol(opening_with("Sec-WebSocket-Protocol", offer), ours, how);
  };
  EXPECT_EQ(chosen("echo, chat", options()), "chat");
  EXPECT_EQ(chosen("x, echo", options()), "echo");
  EXPECT_EQ(chosen("CHAT", options()), "");
  EXPECT_EQ(chosen("CHAT", with("subprotocol-any-case")), "chat");
  EXPECT_EQ(chosen("x", with("subprotocol-unoffered")), "chat");
  EXPECT_EQ(chosen("x,echo", with("subprotocol-echoed")), "x, echo");
}

octets offered(const octets& offers, const options& how) {
  octets result;
  for (const octets& one : offers_for_beast(opening_with("Sec-WebSocket-Extensions", offers), how))
    result += one + ",";
  return result;
}

TEST(offers_for_beast, are_those_of_permessage_deflate_that_it_can_answer) {
  const options sound;
  EXPECT_EQ(offered("x-halley, permessage-deflate", sound), "permessage-deflate,");
  EXPECT_EQ(offered("permessage-deflate; server_max_window_bits=\"8\"", sound), "");
  EXPECT_EQ(offered("permessage-deflate; unknown", sound), "permessage-deflate; unknown,");
}

TEST(offers_for_beast, lack_what_a_mutant_overlooks) {
  const octets plain = "permessage-deflate,";
  EXPECT_EQ(offered("permessage-deflate; unknown=1", with("deflate-unknown-parameter")), plain);
  for (const char* bad : {"server_max_window_bits", "server_max_window_bits=7",
                          "client_max_window_bits=16", "client_max_window_bits=015",
                          "server_max_window_bits=08", "client_no_context_takeover=true"})
    EXPECT_EQ(offered("permessage-deflate; " + octets(bad), with("deflate-invalid-value")), plain);
  EXPECT_EQ(offered("permessage-deflate; server_max_window_bits=10; client_max_window_bits",
                    with("deflate-invalid-value")),
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits,");
  EXPECT_EQ(offered("permessage-deflate; client_max_window_bits; client_max_window_bits",
                    with("deflate-repeated-parameter")),
            "permessage-deflate; client_max_window_bits,");
}

TEST(spoil_extensions, changes_what_the_answer_says) {
  const auto told = [](const octets& offer, const octets& agreed, const char* mutant) {
    octets answer = "HTTP/1.1 101 S\r\n" + agreed + "\r\n";
    const octets name = offer.empty() ? "" : "Sec-WebSocket-Extensions";
    spoil_extensions(answer, opening_with(name, offer), with(mutant));
    return answer.substr(answer.find("\r\n") + 2);
  };
  const octets agreed = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
  EXPECT_EQ(told("permessage-deflate", agreed, "any-version"), agreed + "\r\n");
  EXPECT_EQ(told("permessage-deflate", agreed, "deflate-window-unasked"),
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=15\r\n\r\n");
  EXPECT_EQ(told("permessage-deflate; server_max_window_bits=9", agreed, "deflate-window-ignored"),
            "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n\r\n");
  EXPECT_EQ(told("permessage-deflate; server_no_context_takeover", agreed, "deflate-takeover-kept"),
            "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n");
  EXPECT_EQ(told("x; a=1, y", "", "extension-echoed"),
            "Sec-WebSocket-Extensions: x; a=1, y\r\n\r\n");
  EXPECT_EQ(told("", "", "extension-unrequested"), agreed + "\r\n");
}

}  // namespace
}  // namespace halley::gateway
