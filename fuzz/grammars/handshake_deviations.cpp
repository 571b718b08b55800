#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/http_deviations.hpp"
#include "fuzz/grammars/pick.hpp"
#include "fuzz/grammars/request_draft.hpp"
#include "fuzz/grammars/websocket_deviations.hpp"

#include <array>
#include <span>
#include <string_view>

namespace halley::fuzz {
namespace {

using draft_type = request_draft;

void upgrade_missing(choices&, draft_type& draft) {
  draft.drop("Upgrade");
}

void upgrade_other(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"websockets", "h2c", "web socket", "", "websocket2", "\"websocket\"", "ws"});
  draft.set("Upgrade", pick(from, values));
}

void connection_missing(choices&, draft_type& draft) {
  draft.drop("Connection");
}

void connection_other(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"keep-alive", "Upgrades", "close", "", "Up grade", "\"Upgrade\"", "websocket"});
  draft.set("Connection", pick(from, values));
}

void version_missing(choices&, draft_type& draft) {
  draft.drop("Sec-WebSocket-Version");
}

void version_other(choices& from, draft_type& draft) {
  static constexpr auto values =
      std::to_array<std::string_view>({"8", "0", "14", "013", "13.0", "-13", "abc", "", "255",
                                       "256", "0x0d", "130", "13 13", "4294967309"});
  draft.set("Sec-WebSocket-Version", pick(from, values));
}

void version_twice(choices& from, draft_type& draft) {
  draft.add("Sec-WebSocket-Version", once_in(from, 2) ? "8" : "13");
}

void key_missing(choices&, draft_type& draft) {
  draft.drop("Sec-WebSocket-Key");
}

void key_twice(choices& from, draft_type& draft) {
  draft.add("Sec-WebSocket-Key",
            once_in(from, 2) ? "BBBBBBBBBBBBBBBBBBBBBA==" : "AAAAAAAAAAAAAAAAAAAAAA==");
}

void key_form(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"AAAA", "", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAAAA",
       "AAAAAAAAAAAAAAAAAAAAAB==", "AAAAAAAAAAAAAAAAAAAA!A==", "AAAAAAAAAA AAAAAAAAAAAA==", "=",
       "AAAAAAAAAAAAAAAAAAAAA-==", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"});
  draft.set("Sec-WebSocket-Key", pick(from, values));
}

void method_other(choices& from, draft_type& draft) {
  static constexpr auto methods =
      std::to_array<std::string_view>({"POST", "HEAD", "PUT", "OPTIONS", "get", "DELETE", "X"});
  draft.method = pick(from, methods);
}

void http_1_0(choices& from, draft_type& draft) {
  draft.version = once_in(from, 4) ? "HTTP/0.9" : "HTTP/1.0";
}

void host_missing(choices&, draft_type& draft) {
  draft.drop("Host");
}

void extension_syntax(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"permessage-deflate;", ";", "permessage-deflate; a=", "permessage-deflate; =1",
       "permessage deflate", "permessage-deflate; server_max_window_bits=\"10", "x; a=\"b c\"",
       "x; a=b=c", "x;;y", "x; a b", "@", "x; a=\"\"", "\"x\""});
  draft.set("Sec-WebSocket-Extensions", pick(from, values));
}

void deflate_parameter_unknown(choices& from, draft_type& draft) {
  static constexpr auto values =
      std::to_array<std::string_view>({"permessage-deflate; halley", "permessage-deflate; halley=1",
                                       "permessage-deflate; client_no_context_takeover; x",
                                       "permessage-deflate; server_max_windows_bits=10"});
  draft.set("Sec-WebSocket-Extensions", pick(from, values));
}

void deflate_parameter_value(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"permessage-deflate; server_max_window_bits=16",
       "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits",
       "permessage-deflate; server_max_window_bits=010",
       "permessage-deflate; client_max_window_bits=0",
       "permessage-deflate; client_max_window_bits=x",
       "permessage-deflate; server_no_context_takeover=1",
       "permessage-deflate; client_no_context_takeover=true",
       "permessage-deflate; client_max_window_bits=4294967304"});
  draft.set("Sec-WebSocket-Extensions", pick(from, values));
}

void deflate_parameter_twice(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"permessage-deflate; server_no_context_takeover; server_no_context_takeover",
       "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
       "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10"});
  draft.set("Sec-WebSocket-Extensions", pick(from, values));
}

void subprotocol_form(choices& from, draft_type& draft) {
  static constexpr auto values =
      std::to_array<std::string_view>({"chat.halley, chat.halley", "chat halley", "chat/halley",
                                       "\"chat.halley\"", "a;b", "\xc3\xa9"});
  draft.set("Sec-WebSocket-Protocol", pick(from, values));
}

constexpr auto table = std::to_array<http_deviation>({
    {"upgrade-missing", "rfc6455/4.2.1-upgrade", false, upgrade_missing},
    {"upgrade-other", "rfc6455/4.2.1-upgrade", false, upgrade_other},
    {"connection-missing", "rfc6455/4.2.1-connection", false, connection_missing},
    {"connection-other", "rfc6455/4.2.1-connection", false, connection_other},
    {"version-missing", "rfc6455/4.2.1-version", false, version_missing},
    {"version-other", "rfc6455/4.2.2-version", false, version_other},
    {"version-twice", "rfc6455/11.3.5-version-once", false, version_twice},
    {"key-missing", "rfc6455/4.2.1-key", false, key_missing},
    {"key-twice", "rfc6455/11.3.1-key-once", false, key_twice},
    {"key-form", "rfc6455/4.2.1-key-size", false, key_form},
    {"handshake-method", "rfc6455/4.2.1-get", false, method_other},
    {"handshake-http-1.0", "rfc6455/4.2.1-http-version", false, http_1_0},
    {"handshake-host-missing", "rfc6455/4.2.1-host", false, host_missing},
    {"extension-syntax", "rfc6455/9.1-extension-syntax", false, extension_syntax},
    {"deflate-parameter-unknown", "rfc7692/7-unknown-parameter", false, deflate_parameter_unknown},
    {"deflate-parameter-value", "rfc7692/7-invalid-value", false, deflate_parameter_value},
    {"deflate-parameter-twice", "rfc7692/7-repeated-parameter", false, deflate_parameter_twice},
    {"subprotocol-form", "rfc6455/4.1-subprotocols", false, subprotocol_form},
});

}  // namespace

std::span<const http_deviation> handshake_deviations() {
  return table;
}

}  // namespace halley::fuzz
