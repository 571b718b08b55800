#include "reference-server/client/reference_client.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "clock/clock.hpp"
#include "reference-server/client/scripted_server.hpp"
#include "reference-server/gateway.hpp"
#include "reference-server/mutants.hpp"
#include "reference-server/options.hpp"
#include "reference-server/test_client.hpp"
#include "transport/transport.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace halley::gateway {
namespace {

using nlohmann::json;

const octets end_1000 = served(0x88, "\x03\xE8");
const octets refused = R"("event":"app.error")";
const octets opened = R"("event":"app.open")";
const octets fails_1002 = "[88 1002]";
const octets fails_1007 = "[88 1007]";
const octets ends_1000 = R"("clean":true,"code":1000,"event":"app.close")";
const octets ends_1006 = R"("clean":false,"code":1006,"event":"app.close")";
const octets deflate = "Sec-WebSocket-Extensions: permessage-deflate";
const octets hello = octets("\xC1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", 9);  // RFC 7692 §7.2.3.1
const json compress = {{"compress", true}};
const json echo = {{"echo", true}};
const json two_protocols = {{"protocols", {"a", "b"}}};

octets says(const octets& text) {
  return R"("event":"app.message","session":"s","text":")" + text + "\"";
}

/// One conversation: what it shows with the client as it is, and with a mutant.
struct deviation {
  const char* mutant;
  server_script script;
  octets healthy;  // not seen with the mutant where `sick` is empty
  octets sick;
};

void PrintTo(const deviation& one, std::ostream* out) {
  *out << one.mutant;
}

server_script answers(const octets& head, const json& connect = {}) {
  server_script script;
  script.answer = head;
  script.frames = end_1000;
  script.connect = connect;
  return script;
}

/// A server that sends frames behind its answer.
server_script sends(const octets& frames, const json& connect = {}, const octets& fields = "") {
  server_script script;
  script.answer = fields;
  script.frames = frames;
  script.connect = connect;
  return script;
}

server_script deflates(const octets& parameters, const octets& frames = end_1000) {
  json connect = compress;
  connect.update(echo);
  return sends(frames, connect, deflate + parameters + "\r\n");
}

std::vector<deviation> request_deviations() {
  const server_script plain = sends(end_1000);
  return {
      {"client-method-post", plain, "GET /a?b=c HTTP/1.1\r\n", "POST /a"},
      {"client-http10", plain, "GET /a?b=c HTTP/1.1\r\n", "HTTP/1.0\r\n"},
      {"client-query-lost", plain, "GET /a?b=c HTTP/1.1\r\n", "GET /a HTTP"},
      {"client-no-host", plain, "\r\nHost: 127.0.0.1:", ""},
      {"client-host-no-port", plain, "\r\nHost: 127.0.0.1:", "\r\nHost: 127.0.0.1\r\n"},
      {"client-no-upgrade", plain, "\r\nUpgrade: websocket\r\n", ""},
      {"client-no-connection", plain, "\r\nConnection: Upgrade\r\n", ""},
      {"client-key-fixed", plain, "==\r\n", "dGhlIHNhbXBsZSBub25jZQ=="},
      {"client-key-short", plain, "==\r\n", ""},
      {"client-key-twice", plain, "==\r\nSec-WebSocket-Version", "==\r\nSec-WebSocket-Key"},
      {"client-no-version", plain, "\r\nSec-WebSocket-Version: 13\r\n", ""},
      {"client-version-8", plain, "Version: 13\r\n", "Version: 8\r\n"},
      {"client-frame-before-answer", plain, "Version: 13\r\n\r\n", "\x89"},
      {"client-protocol-unsaid", sends(end_1000, two_protocols), "Protocol: a, b\r\n", ""},
  };
}

std::vector<deviation> answer_deviations() {
  const octets accept = "Sec-WebSocket-Accept: {accept}\r\n\r\n";
  const octets both = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  const auto protocol = [](const octets& lines) { return answers(head_101(lines), two_protocols); };
  return {
      {"client-status-unchecked", answers("HTTP/1.1 200 OK\r\n" + both + accept),
       R"("text":"HTTP status 200")", opened},
      {"client-interim-refused", answers("HTTP/1.1 100 Continue\r\n\r\n" + head_101()), opened,
       refused},
      {"client-upgrade-unchecked", answers(head_101("", "Connection: Upgrade\r\n")), refused,
       opened},
      {"client-upgrade-unchecked",
       answers(head_101("", "Upgrade: websocket, x\r\nConnection: Upgrade\r\n")), refused, opened},
      {"client-connection-unchecked", answers(head_101("", "Upgrade: websocket\r\n")), refused,
       opened},
      {"client-token-case-seen",
       answers(head_101("", "Upgrade: WebSocket\r\nConnection: upgrade\r\n")), opened, refused},
      {"client-connection-no-list",
       answers(head_101("", "Upgrade: websocket\r\nConnection: x\r\nConnection: y, Upgrade\r\n")),
       opened, refused},
      {"client-field-name-case-seen",
       answers("HTTP/1.1 101 \r\n" + both + "sec-websocket-accept:  {accept}\t\r\n\r\n"), opened,
       refused},
      {"client-accept-space-seen",
       answers("HTTP/1.1 101 x\r\n" + both + "Sec-WebSocket-Accept: {accept} \t\r\n\r\n"), opened,
       refused},
      {"client-unknown-field-refused", answers(head_101("X-Other: 1\r\n")), opened, refused},
      {"client-accept-unchecked",
       answers("HTTP/1.1 101 x\r\n" + both + "Sec-WebSocket-Accept: AAAA\r\n\r\n"), refused,
       opened},
      {"client-extension-unrequested-accepted", answers(deflate + "\r\n"), refused, opened},
      {"client-extension-unrequested-accepted",
       answers("Sec-WebSocket-Extensions: x-other\r\n", compress), refused, opened},
      {"client-extension-syntax-unchecked",
       answers(head_101("Sec-WebSocket-Extensions: x-other;\r\n")), refused, opened},
      {"client-protocol-unrequested-accepted", protocol("Sec-WebSocket-Protocol: c\r\n"), refused,
       opened},
      {"client-protocol-unrequested-accepted", protocol("Sec-WebSocket-Protocol: A\r\n"), refused,
       opened},
      {"client-two-protocols-accepted", protocol("Sec-WebSocket-Protocol: a, b\r\n"), refused,
       opened},
      {"client-two-protocols-accepted",
       protocol("Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: a\r\n"), refused, opened},
      {"client-protocol-untold", protocol("Sec-WebSocket-Protocol: b\r\n"), R"("protocol":"b")",
       R"("protocol":"")"},
      {"client-data-with-101-lost", sends(served(0x81, "hi") + end_1000), says("hi"), ""},
  };
}

std::vector<deviation> deflate_deviations() {
  const octets off = octets("\xC1\x03\xFF\xFF\xFF", 5);
  const octets twice = hello + hello + end_1000;
  const octets hello_again("\xC1\x05\xf2\0\x11\0\0", 7);     // RFC 7692 §7.2.3.2
  const octets stored("\xC1\x0B\0\5\0\xfa\xffHello\0", 13);  // RFC 7692 §7.2.3.3
  return {
      {"client-deflate-unknown-parameter", deflates("; x=1"), refused, opened},
      {"client-deflate-invalid-value", deflates("; server_max_window_bits=16"), refused, opened},
      {"client-deflate-invalid-value", deflates("; server_no_context_takeover=1"), refused, opened},
      {"client-deflate-repeated-parameter",
       deflates("; server_max_window_bits=10; server_max_window_bits=10"), refused, opened},
      {"client-deflate-window-unasked", deflates("; client_max_window_bits=15"), refused, opened},
      {"client-deflate-offer-invalid", deflates(""), "Extensions: permessage-deflate\r\n",
       "server_max_window_bits=16"},
      {"client-deflate-twice-accepted", deflates(", permessage-deflate"), refused, opened},
      {"client-plain-message-in-window",
       deflates("", hello + served(0x81, "others") + hello_again + end_1000), says("others"),
       says("Hhers")},
      {"client-stored-block-refused", deflates("", stored + end_1000), says("Hello"), fails_1002},
      {"client-deflate-takeover-kept", deflates("; client_no_context_takeover", twice),
       "[c1 " + hello.substr(2) + "]\n[c1 " + hello.substr(2) + "]", ""},
      {"client-deflate-rsv1-not-set", deflates("", hello + end_1000), "[c1 ", "[81 "},
      {"client-deflate-rsv1-on-control-accepted", deflates("", served(0xC9, "p") + end_1000),
       fails_1002, "[8a p]"},
      {"client-deflate-rsv1-on-continuation-accepted",
       deflates("", served(0x01, "a") + served(0xC0, "b") + end_1000), fails_1002, says("ab")},
      {"client-deflate-inflate-error-ignored", deflates("", off), fails_1007, says("")},
  };
}

std::vector<deviation> frame_deviations() {
  const octets hi = served(0x81, "hi");
  const octets long_ping("\x89\x7E\0\x7E", 4);
  const octets cut_message = served(0x01, "a") + served(0x89, "p") + served(0x80, "b");
  return {
      {"client-unmasked", sends(hi + end_1000, echo), "[81 hi]", "[81 unmasked hi]"},
      {"client-mask-zero", sends(hi + end_1000, echo), "[81 hi]", "[81 zero hi]"},
      {"client-mask-repeated", sends(hi + hi + end_1000, echo), "[81 hi]\n[81 hi]",
       "[81 again hi]"},
      {"client-masked-accepted", sends(frame(0x81, "hi") + end_1000), fails_1002, says("hi")},
      {"client-rsv-ignored", sends(served(0xA1, "hi") + end_1000), fails_1002, says("hi")},
      {"client-reserved-opcode-skipped", sends(served(0x83, "x") + hi + end_1000), fails_1002,
       says("hi")},
      {"client-reserved-opcode-skipped", sends(served(0x8B, "x") + hi + end_1000), fails_1002,
       says("hi")},
      {"client-length-32-bit", sends(octets("\x81\x7F\x80\0\0\0\0\0\0\2hi", 12) + end_1000),
       fails_1002, says("hi")},
      {"client-length-low-octet-first",
       sends(octets("\x81\x7E\1\0", 4) + octets(256, 'x') + end_1000), says(octets(256, 'x')), ""},
      {"client-16-bit-length",
       sends(octets("\x82\x7F\0\0\0\0\0\1\0\1", 10) + octets(65537, 'x') + end_1000, echo),
       "[82 65537]", "[82 x]"},
      {"client-fragmented-control-accepted", sends(served(0x09, "p") + end_1000), fails_1002,
       "[8a p]"},
      {"client-long-control-accepted", sends(long_ping + octets(126, 'x') + end_1000), fails_1002,
       "[8a x"},
      {"client-control-125-refused", sends(served(0x89, octets(125, 'x')) + end_1000), "[8a xx",
       fails_1002},
      {"client-control-between-refused", sends(cut_message + end_1000), says("ab"), fails_1002},
      {"client-orphan-accepted", sends(served(0x80, "hi") + end_1000), fails_1002, says("hi")},
      {"client-new-message-inside", sends(served(0x01, "a") + served(0x81, "b") + end_1000),
       fails_1002, says("ab")},
      {"client-last-fragment-only", sends(cut_message + end_1000), says("ab"), says("b")},
      {"client-empty-fragment-ends",
       sends(served(0x01, "a") + served(0x00, "") + served(0x80, "b") + end_1000), says("ab"),
       says("a")},
      {"client-pong-missing", sends(served(0x89, "p") + end_1000), "[8a p]", ""},
      {"client-pong-held-back", sends(cut_message + end_1000, echo), "[8a p]\n[81 ab]",
       "[81 ab]\n[8a p]"},
      {"client-pong-payload-lost", sends(served(0x89, "p") + end_1000), "[8a p]", "[8a ]"},
      {"client-pong-refused", sends(served(0x8A, "p") + hi + end_1000), says("hi"), fails_1002},
      {"client-utf8-ignored", sends(served(0x81, "\xC3\x28") + end_1000), fails_1007,
       R"("app.message")"},
      {"client-utf8-by-fragment", sends(served(0x01, "\xC3") + served(0x80, "\xA9") + end_1000),
       says("\xC3\xA9"), fails_1007},
      {"client-utf8-surrogate-accepted", sends(served(0x81, "\xED\xA0\x80") + end_1000), fails_1007,
       R"("app.message")"},
      {"client-utf8-overlong-accepted", sends(served(0x81, "\xC0\x80") + end_1000), fails_1007,
       R"("app.message")"},
      {"client-noncharacter-refused", sends(served(0x81, "\xEF\xBF\xBF") + end_1000),
       R"("app.message")", fails_1007},
      {"client-text-ends-at-nul", sends(served(0x81, octet_view("a\0b", 3)) + end_1000),
       says("a\\u0000b"), says("a")},
      {"client-binary-as-text", sends(served(0x82, "\xFF") + end_1000), R"("base64":"/w==")",
       fails_1007},
  };
}

std::vector<deviation> close_deviations() {
  const octets hi = served(0x81, "hi");
  server_script cut = sends(hi);
  cut.on_open = {{{"id", 2}, {"session", "s"}, {"do", "ws.send"}, {"text", "x"}}};
  server_script patient = sends(end_1000);
  patient.closes = false;
  return {
      {"client-drop-without-close", sends(served(0x83, "x")), fails_1002, ""},
      {"client-close-code-ignored", sends(served(0x88, "\x03\xED")), fails_1002, "[88 1000]"},
      {"client-close-code-ignored", sends(served(0x88, octet_view("\0\1", 2))), fails_1002,
       "[88 1000]"},
      {"client-close-reason-utf8-ignored", sends(served(0x88, "\x03\xE8\xFF")), ends_1006,
       ends_1000},
      {"client-close-length-1-accepted", sends(served(0x88, "x")), fails_1002,
       R"("clean":true,"code":1005)"},
      {"client-no-close-answer", sends(end_1000), "[88 1000]", ""},
      {"client-close-sends-1005", sends(served(0x88, "")), R"("code":1005)", "[88 1005]"},
      {"client-data-after-close", sends(end_1000), "[88 1000]\n", "[81 late]"},
      {"client-reads-after-close", sends(end_1000 + hi), ends_1000, says("hi")},
      {"client-closes-tcp-first", patient, "<LATE><FIN>", "[88 1000]\n<FIN>"},
      {"client-never-closes-tcp", sends(end_1000), "<FIN>", "<OPEN>"},
      {"client-1005-as-1000", sends(served(0x88, "")), R"("clean":true,"code":1005)", ends_1000},
      {"client-1006-as-1000", cut, ends_1006, ends_1000},
  };
}

class client_mutants : public testing::TestWithParam<deviation> {};

TEST_P(client_mutants, show_their_deviation_and_only_then) {
  const deviation& one = GetParam();
  const octets sound = client_bed().play(one.script);
  EXPECT_NE(sound.find(one.healthy), octets::npos) << printable(sound, 2000);
  if (!one.sick.empty()) EXPECT_EQ(sound.find(one.sick), octets::npos) << printable(sound, 2000);
  const octets mutated = client_bed({one.mutant}).play(one.script);
  if (one.sick.empty())
    EXPECT_EQ(mutated.find(one.healthy), octets::npos) << printable(mutated, 2000);
  else
    EXPECT_NE(mutated.find(one.sick), octets::npos) << printable(mutated, 2000);
}

std::string name_of(const testing::TestParamInfo<deviation>& info) {
  std::string name = info.param.mutant + ("_" + std::to_string(info.index));
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(requests,
                         client_mutants,
                         testing::ValuesIn(request_deviations()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(answers, client_mutants, testing::ValuesIn(answer_deviations()), name_of);
INSTANTIATE_TEST_SUITE_P(deflate, client_mutants, testing::ValuesIn(deflate_deviations()), name_of);
INSTANTIATE_TEST_SUITE_P(frames, client_mutants, testing::ValuesIn(frame_deviations()), name_of);
INSTANTIATE_TEST_SUITE_P(ends, client_mutants, testing::ValuesIn(close_deviations()), name_of);

octets noise(std::uint64_t number) {
  constexpr std::size_t octets_of_noise = 90;
  return to_base64(random_source::named(number, "noise").bytes(octets_of_noise));
}

TEST(client_mutants, a_window_that_is_not_kept_to_shows_in_the_size_of_a_message) {
  // The last message is the first one again, further back than 512 octets.
  octets frames;
  for (const std::uint64_t number : {1U, 2U, 3U, 4U, 5U, 6U, 1U})
    frames += served(0x81, noise(number));
  auto script = deflates("; client_max_window_bits=9", frames + end_1000);
  script.connect["window"] = true;
  const octets sound = client_bed().play(script);
  const octets mutated = client_bed({"client-deflate-window-ignored"}).play(script);
  EXPECT_NE(sound.find(says(noise(1))), octets::npos) << printable(sound, 2000);
  EXPECT_GT(sound.size(), mutated.size() + 50);
}

TEST(client_mutants, are_all_shown) {
  std::set<std::string> shown = {"client-deflate-window-ignored"};
  for (const auto& some : {request_deviations(), answer_deviations(), deflate_deviations(),
                           frame_deviations(), close_deviations()})
    for (const deviation& one : some)
      shown.insert(one.mutant);
  for (const mutant& one : all_mutants())
    // http_agent_test.cpp and event_source_test.cpp have theirs.
    if (one.for_clients() && !one.name.starts_with("client-http-") &&
        !one.name.starts_with("client-sse-"))
      EXPECT_TRUE(shown.contains(std::string(one.name))) << one.name;
  EXPECT_TRUE(unknown_mutants(shown).empty());
}

/// What the application commands behind its app.open.
server_script commanded(const std::vector<json>& commands, const octets& later = "") {
  server_script script;
  script.later = later;
  for (json one : commands) {
    one["session"] = "s";
    one["id"] = 2;
    script.on_open.push_back(one);
  }
  return script;
}

struct course {
  const char* name;
  server_script script;
  octets shows;
};

void PrintTo(const course& one, std::ostream* out) {
  *out << one.name;
}

std::vector<course> courses() {
  const json send_hi = {{"do", "ws.send"}, {"text", "hi"}};
  const json close_3000 = {{"do", "close"}, {"code", 3000}, {"reason", "done"}};
  const octets other_close = served(0x88, "\x0B\xB9other");
  server_script slow = sends(served(0x81, "hi") + end_1000);
  slow.slowly = true;
  server_script silent = sends("");
  silent.answer = "HTTP/1.1 101";
  server_script unanswered = commanded({close_3000});
  unanswered.closes = false;
  return {
      {"an_answer_may_come_octet_by_octet", slow, says("hi")},
      {"no_answer_fails", silent, refused},
      {"a_large_head_fails", sends("", {}, "X: " + octets(70000, 'x') + "\r\n"), "head too large"},
      {"a_bare_lf_fails", sends("", {}, "X: a\nY: b\r\n"), refused},
      {"a_folded_line_fails", sends("", {}, "X: a\r\n b\r\n"), refused},
      {"a_redirect_is_not_followed", answers("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"),
       R"("text":"HTTP status 302")"},
      {"malformed_extensions_fail", sends("", compress, deflate + ";\r\n"), refused},
      {"deflate_agreed_twice_fails", sends("", compress, deflate + ", permessage-deflate\r\n"),
       refused},
      {"a_smaller_window_of_the_server_is_taken",
       deflates("; server_max_window_bits=8", hello + end_1000), says("Hello")},
      {"quoted_values_are_values",
       deflates("; server_max_window_bits=\"10\"; server_no_context_takeover", hello + end_1000),
       says("Hello")},
      {"the_subprotocol_is_told", answers(head_101("Sec-WebSocket-Protocol: b\r\n"), two_protocols),
       R"("protocol":"b")"},
      {"headers_of_the_application_are_sent", sends(end_1000, {{"headers", {{"Origin", "o"}}}}),
       "\r\nOrigin: o\r\n\r\n"},
      {"the_close_of_the_server_is_told", commanded({send_hi}, other_close),
       R"("clean":true,"code":3001,"event":"app.close","reason":"other")"},
      {"messages_go_before_the_close", commanded({send_hi, send_hi, close_3000}, end_1000),
       "[81 hi]\n[81 hi]\n[88 3000 done]\n"},
      {"the_application_closes", commanded({close_3000}, other_close),
       R"("clean":true,"code":3001,"event":"app.close","reason":"other")"},
      {"a_close_without_code_is_empty", commanded({{{"do", "close"}}}, end_1000), "[88 ]\n"},
      {"a_close_that_nobody_answers_ends", unanswered, ends_1006},
      {"binary_goes_as_binary", commanded({{{"do", "ws.send"}, {"base64", "/w=="}}}, end_1000),
       "[82 \xFF]\n"},
      {"nothing_is_sent_behind_a_close", commanded({close_3000, send_hi}, end_1000),
       "[88 3000 done]\n<FIN>"},
      {"a_reserved_length_bit_fails", sends(octets("\x82\x7F\x80\0\0\0\0\0\0\0", 10)), fails_1002},
      {"a_second_close_is_not_seen", sends(end_1000 + other_close), ends_1000},
      {"a_cut_character_fails", sends(served(0x01, "\xC3") + served(0x80, "")), fails_1007},
      {"a_message_that_is_cut_is_none", sends(octets("\x81\x05hel", 5)), ends_1006},
  };
}

class client_courses : public testing::TestWithParam<course> {};

TEST_P(client_courses, go_as_they_should) {
  const octets seen = client_bed().play(GetParam().script);
  EXPECT_NE(seen.find(GetParam().shows), octets::npos) << printable(seen, 2000);
  EXPECT_EQ(seen.find("<OPEN>"), octets::npos) << printable(seen, 2000);
}

INSTANTIATE_TEST_SUITE_P(all, client_courses, testing::ValuesIn(courses()), [](const auto& info) {
  return std::string(info.param.name);
});

TEST(reference_client, refuses_commands_that_mean_nothing) {
  struct refused_command {
    json line;
    octets why;
  };
  const std::vector<refused_command> all = {
      {{{"do", "ws.connect"}, {"to", "wss://127.0.0.1:1/"}}, R"("unsupported":true)"},
      {{{"do", "ws.connect"}, {"to", "ws://nowhere.example/#x"}}, "no fragment"},
      {{{"do", "ws.connect"}, {"to", "ws://127.0.0.1:1"}, {"protocols", {"a b"}}}, "token"},
      {{{"do", "ws.connect"}, {"to", "ws://127.0.0.1:1"}, {"protocols", {"a", "a"}}}, "twice"},
      {{{"do", "ws.connect"}, {"to", "ws://127.0.0.1:1"}, {"headers", {{"a", "b\r\nc: d"}}}},
       "no header"},
      {{{"do", "sse.connect"}, {"to", "https://127.0.0.1:1/"}}, R"("unsupported":true)"},
      {{{"do", "http.request"}, {"to", "https://127.0.0.1:1/"}}, R"("unsupported":true)"},
      {{{"do", "ws.send"}, {"text", "x"}}, "no connection"},
      {{{"do", "close"}}, "no connection"},
      {{{"do", "dance"}}, R"("unsupported":true)"},
  };
  client_bed bed;
  for (const refused_command& one : all) {
    json line = one.line;
    line["id"] = 7;
    line["session"] = "s";
    bed.client.command(line);
    EXPECT_NE(bed.told.find(R"("id":7,"ok":false)"), octets::npos) << bed.told;
    EXPECT_NE(bed.told.find(one.why), octets::npos) << bed.told;
    bed.told.clear();
  }
  bed.client.command("no command");
  EXPECT_EQ(bed.told, "");
}

TEST(reference_client, tells_that_nobody_listens) {
  client_bed bed;
  const std::string to = "ws://" + transport::to_string(bed.listener->local());
  bed.listener->close();
  bed.client.command({{"id", 1}, {"session", "s"}, {"do", "ws.connect"}, {"to", to}});
  bed.context.restart();
  bed.context.run();
  EXPECT_NE(bed.told.find(refused), octets::npos) << bed.told;
  EXPECT_NE(bed.told.find(ends_1006), octets::npos) << bed.told;
}

TEST(reference_client, tells_nothing_of_a_session_that_has_ended) {
  server_script script = sends("");
  script.on_open = {{{"id", 2}, {"session", "s"}, {"do", "end"}}};
  client_bed bed;
  const octets seen = bed.play(script);
  EXPECT_NE(seen.find(R"({"id":2,"ok":true})"), octets::npos) << seen;
  EXPECT_EQ(seen.find("app.close"), octets::npos) << seen;
}

TEST(reference_client, asks_with_another_key_each_time) {
  client_bed bed;
  std::set<octets> keys;
  for (int i = 0; i < 8; ++i) {
    const octets seen = bed.play(sends(end_1000));
    keys.insert(seen.substr(seen.find("Sec-WebSocket-Key: "), 43));
    EXPECT_NE(seen.find(ends_1000), octets::npos) << seen;
  }
  EXPECT_EQ(keys.size(), 8U);
}

TEST(reference_client, gets_back_from_the_gateway_what_it_sends) {
  for (const bool compressed : {false, true}) {
    client_bed bed;
    gateway served_by(bed.world, options());
    error_code error;
    ASSERT_TRUE(served_by.start(transport::endpoint(), error));
    std::vector<json> sent;
    for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U, 1000000U}) {
      octets text;
      for (std::size_t i = 0; i < size; ++i)
        text += static_cast<char>('a' + (i * i / 7) % 26);
      sent.push_back({{"id", 2}, {"session", "s"}, {"do", "ws.send"}, {"text", text}});
    }
    bed.commands = sent;
    bed.client.command({{"id", 1},
                        {"session", "s"},
                        {"do", "ws.connect"},
                        {"to", "ws://" + transport::to_string(served_by.local()) + "/echo"},
                        {"compress", compressed}});
    octets expected;
    for (const json& one : sent)
      expected += json({{"event", "app.message"}, {"session", "s"}, {"text", one["text"]}}).dump();
    const auto messages = [&bed] {
      octets all;
      std::istringstream lines(bed.told);
      for (std::string line; std::getline(lines, line);)
        if (line.find("app.message") != octets::npos) all += line;
      return all;
    };
    bed.context.restart();
    while (messages().size() < expected.size())
      if (bed.context.run_one_for(std::chrono::seconds(10)) == 0) break;
    EXPECT_TRUE(messages() == expected);
    EXPECT_EQ(bed.told.find("permessage-deflate") != octets::npos, compressed);
    served_by.abort();
    auto stopped = boost::asio::co_spawn(bed.context, bed.client.stop(), boost::asio::use_future);
    bed.wait(stopped);
  }
}

}  // namespace
}  // namespace halley::gateway
