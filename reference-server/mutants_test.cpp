#include "reference-server/mutants.hpp"

#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "clock/clock.hpp"
#include "reference-server/gateway.hpp"
#include "reference-server/options.hpp"
#include "reference-server/test_client.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace halley::gateway {
namespace {

/// What one conversation shows with the gateway as built, and what it shows with a mutant.
struct deviation {
  const char* mutant;
  std::vector<octets> before;  // requests on connections of their own, each answered
  octets send;
  octets healthy;
  octets sick;
  bool both = false;  // the fault does not take the place of what is right, it comes beside it
};

const octets close_1002("\x88\x02\x03\xEA", 4);
const octets close_1007("\x88\x02\x03\xEF", 4);
const octets close_1009("\x88\x02\x03\xF1", 4);
const octets close_1000("\x88\x02\x03\xE8", 4);
const octets client_close = frame(0x88, octet_view("\x03\xE8", 2));
const octets ok = "HTTP/1.1 200 OK";
const octets bad = "HTTP/1.1 400";

octets post(const octets& path, const octets& body, const octets& more = "") {
  return head("POST " + path, "Content-Length: " + std::to_string(body.size()) + "\r\n" + more) +
         body;
}

octets chunked(const octets& path, const octets& body) {
  return head("POST " + path, "Transfer-Encoding: chunked\r\n") + body;
}

std::vector<deviation> websocket_deviations() {
  const octets text = frame(0x81, "hi");
  return {
      {"any-version", {}, opening("/echo", "", "12"), "HTTP/1.1 426", "HTTP/1.1 101"},
      {"no-version-list",
       {},
       opening("/echo", "", "12"),
       "Sec-WebSocket-Version: 13",
       "Connection: Upgrade\r\nContent-Length"},
      {"connection-no-list", {}, opening("/echo"), "HTTP/1.1 101", "HTTP/1.1 426"},
      {"wrong-accept-key", {}, opening("/echo"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "AAAAAAAAAA"},
      {"unrequested-subprotocol", {}, opening("/echo"), "Server: halley\r\n\r\n", "nobody.asked"},
      {"subprotocol-syntax-unchecked",
       {},
       opening("/echo", "Sec-WebSocket-Protocol: a b\r\n"),
       bad,
       "HTTP/1.1 101"},
      {"deflate-window-raised",
       {},
       opening("/echo",
               "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10\r\n"),
       "client_max_window_bits=10\r\n",
       "client_max_window_bits=15\r\n"},
      {"rsv-ignored", {}, opening("/echo") + frame(0xA1, "hi"), close_1002, "\x81\x02hi"},
      {"rsv2-ping-ignored", {}, opening("/echo") + frame(0xA9, "hi"), close_1002, "\x8A\x02hi"},
      {"accepts-unmasked-frame",
       {},
       opening("/echo") + frame(0x81, "hi", false),
       close_1002,
       "\x81\x02hi"},
      {"pong-other-payload", {}, opening("/echo") + frame(0x89, "hi"), "\x8A\x02hi", "\x8A\x02ii"},
      {"drop-without-close",
       {},
       opening("/echo") + frame(0x83, "hi"),
       close_1002,
       "halley\r\n\r\n<FIN>"},
      {"close-unanswered", {}, opening("/echo") + client_close, close_1000, "halley\r\n\r\n<FIN>"},
      {"echo-other-type", {}, opening("/echo") + text, "\x81\x02hi", "\x82\x02hi"},
      {"utf8-unchecked", {}, opening("/echo") + frame(0x81, "\xFF"), close_1007, "\x81\x01\xFF"},
      {"no-1009",
       {},
       opening("/echo-small") + octets("\x82\xFF\0\0\0\0\0\1\0\1\0\0\0\0", 14) + octets(65537, 'x'),
       close_1009,
       "xxxxx"},
  };
}

std::vector<deviation> http_deviations() {
  const octets get = head("GET /http-echo");
  return {
      {"accepts-no-host", {}, "GET /http-echo HTTP/1.1\r\n\r\n", bad, ok},
      {"accepts-two-hosts", {}, head("GET /http-echo", "Host: b\r\n"), bad, ok},
      {"bare-lf", {}, "GET /http-echo HTTP/1.1\nHost: a\n\n", bad, ok},
      {"chunk-not-last",
       {},
       head("POST /http-echo", "Transfer-Encoding: chunked, gzip\r\n") + "0\r\n\r\n",
       bad,
       ok},
      {"cl-te-accepted",
       {},
       head("POST /http-echo", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
       bad,
       ok},
      {"head-with-body", {}, head("HEAD /http-echo") + get, "\r\n\r\nHTTP", "\r\n\r\nOKHTTP"},
      {"no-continue",
       {},
       head("POST /http-echo", "Expect: 100-continue\r\nContent-Length: 2\r\n"),
       "HTTP/1.1 100",
       "HTTP/1.1 408"},
      {"pipeline-drops-second",
       {},
       get + head("GET /status", "Connection: close\r\n"),
       "uptime_ms",
       "OK<FIN>"},
      {"ignores-close",
       {},
       head("GET /http-echo", "Connection: close\r\n") + head("GET /status"),
       "Connection: close",
       "uptime_ms"},
      {"chunked-to-http10",
       {},
       "GET /sse/a HTTP/1.0\r\n\r\n",
       "\r\n\r\nretry: 3000",
       "Transfer-Encoding: chunked"},
      {"no-allow", {}, head("PUT /status"), "Allow: GET", "utf-8\r\nContent-Length"},
      {"buffer-16",
       {},
       chunked("/comet", "5\r\nhello\r\n14\r\nfour score and seven \r\n"),
       "\r\n\r\n19\r\nhello",
       "\r\n\r\n10\r\nhellofour score \r\n"},
      {"comet-buffers-until-end",
       {},
       chunked("/comet", "2\r\nab\r\nzz\r\n"),
       "2\r\nab\r\n<FIN>",
       "chunked\r\n\r\n<FIN>"},
      {"comet-double-terminal",
       {chunked("/comet?key=k", "zz\r\n")},
       head("GET /comet-log/k", "Connection: close\r\n"),
       "]\n<FIN>",
       "\"END\"",
       true},
      {"comet-end-after-cut",
       {chunked("/comet?key=k", "zz\r\n")},
       head("GET /comet-log/k"),
       "IOEXCEPTION",
       "\"END\""},

  };
}

std::vector<deviation> head_deviations() {
  const octets get = head("GET /http-echo");
  return {
      {"host-unchecked", {}, "GET /http-echo HTTP/1.1\r\nHost: a b\r\n\r\n", bad, ok},
      {"host-over-target", {}, head("GET http://a/http-echo"), ok, bad},
      {"no-absolute-form", {}, head("GET http://a/http-echo"), ok, "HTTP/1.1 404"},
      {"no-asterisk-form", {}, head("OPTIONS *"), "HTTP/1.1 204", bad},
      {"space-ends-target", {}, head("GET /http-echo a"), bad, ok},
      {"version-unread", {}, "GET /http-echo http/1\r\nHost: a\r\n\r\n", bad, ok},
      {"higher-minor-refused",
       {},
       "GET /http-echo HTTP/1.2\r\nHost: a\r\n\r\n",
       ok,
       "HTTP/1.1 505"},
      {"line-over-4096-refused",
       {},
       head("GET /http-echo?" + octets(7900, 'a')),
       ok,
       "HTTP/1.1 414"},
      {"empty-line-refused", {}, "\r\n" + get, ok, bad},
      {"malformed-unanswered", {}, "EHLO\r\n\r\n", bad, "<FIN>"},
      {"large-head-unanswered", {}, "GET /" + octets(70000, 'x'), "HTTP/1.1 414", "<FIN>"},
      {"fold-is-field",
       {},
       head("GET /http-echo", "A: b\r\n Connection: close\r\n"),
       bad,
       "OK<FIN>"},
      {"space-before-colon", {}, head("GET /http-echo", "A : b\r\n"), bad, ok},
      {"nul-ends-value",
       {},
       head("GET /http-echo", octets("Connection: close\0d\r\n", 21)),
       bad,
       "OK<FIN>"},
      {"bare-cr", {}, head("GET /http-echo", "A: b\rConnection: close\r\n"), bad, "OK<FIN>"},
      {"lone-lf-overlooked", {}, "GET /http-echo HTTP/1.1\nHost: a\n\n", bad, "HTTP/1.1 408"},
  };
}

std::vector<deviation> framing_deviations() {
  const octets get = head("GET /http-echo");
  const octets posted = "POST /http-echo";
  const octets five = "Content-Length: 5\r\n";
  return {
      {"odd-coding-ignored",
       {},
       head(posted, five + "Transfer-Encoding: chunked;a\r\n") + "hello",
       bad,
       "\r\n\r\nhello"},
      {"unknown-coding-skipped",
       {},
       head(posted, "Transfer-Encoding: a, chunked\r\n") + "0\r\n\r\n",
       "HTTP/1.1 501",
       ok},
      {"coding-case-seen",
       {},
       head(posted, "Transfer-Encoding: Chunked\r\n") + "0\r\n\r\n",
       ok,
       bad},
      {"chunked-in-http10",
       {},
       "POST /http-echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n0\r\n\r\n",
       bad,
       ok},
      {"body-by-method",
       {},
       head("GET /http-echo", five) + "hello" + get,
       "\r\n\r\nhello",
       "\r\n\r\nOKHTTP/1.1 200"},
      {"length-by-strtol", {}, head(posted, "Content-Length: +5x\r\n") + "hello", bad, ok},
      {"length-in-32-bits",
       {},
       head(posted, "Content-Length: 4294967301\r\n") + "hello",
       "HTTP/1.1 413",
       "\r\n\r\nhello"},
      {"first-length-wins",
       {},
       head(posted, five + "Content-Length: 6\r\n") + "hello",
       bad,
       "\r\n\r\nhello"},
      {"repeated-length-ignored", {}, head(posted, five + five) + "hello", bad, ok},
      {"length-one-more", {}, get, "Content-Length: 2", "Content-Length: 3"},
      {"close-unsaid",
       {},
       head("GET /http-echo", "Connection: close\r\n"),
       "close\r\n\r\nOK<FIN>",
       "2\r\n\r\nOK<FIN>"},
      {"closes-without-word", {}, get + head("GET /status"), "uptime_ms", "OK<FIN>"},
      {"http10-kept-open",
       {},
       "GET /http-echo HTTP/1.0\r\n\r\n" + head("GET /status"),
       "OK<FIN>",
       "uptime_ms"},
  };
}

/// Of targets, methods and fields.
std::vector<deviation> line_deviations() {
  const octets posted = "POST /http-echo";
  const octets five = "Content-Length: 5\r\n";
  const octets echoed = "\r\n\r\nhello";
  return {
      {"special-target-served", {}, head("GET *"), bad, ok},
      {"empty-host-accepted", {}, head("GET http:///"), bad, ok},
      {"empty-path-refused", {}, head("GET http://a"), ok, bad},
      {"target-unchecked", {}, head("GET /?a#b"), bad, ok},
      {"target-splits-answer", {}, head("GET /?to=a%0d%0ab:%20c"), ok, "\r\nb: c"},
      {"method-case-lost", {}, head("get /"), "HTTP/1.1 501", ok},
      {"field-name-unchecked", {}, head("GET /", "a[: b\r\n"), bad, ok},
      {"length-name-by-case",
       {},
       head(posted, "content-length: 5\r\n") + "hello",
       echoed,
       "Content-Length: 0"},
      {"odd-field-refused", {}, head("GET /", "a: \xFF\r\n"), ok, bad},
      {"blanks-kept", {}, head(posted, "Content-Length:  5\r\n") + "hello", echoed, bad},
      {"underscore-is-hyphen",
       {},
       head(posted, five + "Content_Length: 3\r\n") + "hello",
       echoed,
       bad},
      {"date-other-form", {}, head("GET /"), ok, "Date: Sunday", true},
      {"head-length-zero", {}, head("HEAD /"), "Content-Length: 2", "Content-Length: 0"},
      {"length-in-204", {}, head("OPTIONS /"), "HTTP/1.1 204", "Content-Length: 0", true},
  };
}

/// Of where a request ends.
std::vector<deviation> end_deviations() {
  const octets posted = "POST /http-echo";
  const octets five = "Content-Length: 5\r\n";
  const octets coded = "Transfer-Encoding: chunked\r\n";
  return {
      {"length-octal",
       {},
       head(posted, "Content-Length: 010\r\n") + "helloworld",
       "Content-Length: 10",
       "Content-Length: 8"},
      {"length-over-chunked",
       {},
       head(posted, five + coded) + "0\r\n\r\n",
       bad,
       "\r\n\r\n0\r\n\r\n"},
      {"body-one-short",
       {},
       head(posted, five) + "hello",
       "Content-Length: 5",
       "Content-Length: 4"},
      {"upgrade-hides-body",
       {},
       head(posted, five + "Upgrade: a\r\n") + "hello",
       "\r\n\r\nhello",
       "Content-Length: 0"},
      {"keep-alive-unmeant",
       {},
       "GET / HTTP/1.0\r\n\r\n",
       "Connection: close",
       "Connection: keep-alive"},
      {"serves-after-refusal",
       {},
       head(posted, "Content-Length: x\r\n") + head("GET /"),
       "Connection: close",
       ok},
      {"extension-unread", {}, chunked("/http-echo", "1;=\r\na\r\n0\r\n\r\n"), bad, ok},
      {"trailer-unchecked", {}, chunked("/http-echo", "0\r\nbad\r\n\r\n"), bad, ok},
  };
}

std::vector<deviation> semantic_deviations() {
  const octets expecting = "Host: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  octets old = opening("/echo");
  old.replace(old.find("HTTP/1.1"), 8, "HTTP/1.0");
  return {
      {"continue-to-http10",
       {},
       "POST /http-echo HTTP/1.0\r\n" + expecting,
       "HTTP/1.1 408",
       "HTTP/1.1 100",
       true},
      {"unknown-method-405", {}, head("HALLEY /"), "HTTP/1.1 501", "HTTP/1.1 405"},
      {"connect-is-get", {}, head("CONNECT 127.0.0.1:1"), "HTTP/1.1 502", ok},
      {"trace-shows-all",
       {},
       head("TRACE /", "Cookie: secret\r\n"),
       "HTTP/1.1 405",
       "Cookie: secret"},
      {"upgrade-to-anything",
       {},
       head("GET /", "Connection: Upgrade\r\nUpgrade: x/1\r\n"),
       ok,
       "HTTP/1.1 101"},
      {"upgrade-in-http10", {}, old, bad, "HTTP/1.1 101"},
  };
}

std::vector<deviation> chunk_deviations() {
  const auto sent = [](const octets& body) { return chunked("/http-echo", body); };
  const octets hello = "\r\n\r\nhello";
  const octets end = "0\r\n\r\n";
  octets many;
  for (int i = 0; i < 1001; ++i)
    many += "1\r\nx\r\n";
  return {
      {"hex-lower-only", {}, sent("A\r\n0123456789\r\n" + end), "0123456789", bad},
      {"chunk-size-by-strtol", {}, sent("+5x\r\nhello\r\n" + end), bad, hello},
      {"chunk-size-of-16-digits", {}, sent("00000000000000005\r\nhello\r\n" + end), hello, bad},
      {"chunk-size-in-32-bits", {}, sent("100000005\r\nhello\r\n" + end), "HTTP/1.1 413", hello},
      {"chunk-size-wraps", {}, sent("10000000000000005\r\nhello\r\n" + end), bad, hello},
      {"many-chunks-refused", {}, sent(many + end), "xxxxx", bad},
      {"chunk-extension-refused", {}, sent("5;a=b\r\nhello\r\n" + end), hello, bad},
      {"extension-blank-refused", {}, sent("5 ;a=b\r\nhello\r\n" + end), hello, bad},
      {"chunk-data-end-unseen", {}, sent("5\r\nhello!!" + end), bad, hello},
      {"chunk-data-end-by-line", {}, sent("5\r\nhello!!\r\n" + end), bad, hello},
      {"last-chunk-by-text", {}, sent("5\r\nhello\r\n00\r\n\r\n"), hello, "HTTP/1.1 408"},
      {"trailer-is-next-request",
       {},
       sent("0\r\nA: b\r\n\r\n") + head("GET /status"),
       "uptime_ms",
       bad},
      {"trailer-merged",
       {},
       chunked("/inspect", "0\r\nA: b\r\n\r\n"),
       R"("],["Transfer-Encoding","chunked"]])",
       R"("chunked"],["A","b"]])"},
  };
}

std::vector<deviation> topic_deviations() {
  const auto resume = [](const char* id) {
    return head("GET /sse/a", "Last-Event-ID: " + octets(id) + "\r\n");
  };
  const octets three = post("/publish/a?count=3", "");
  return {
      {"sse-lf-only", {post("/publish/a", "x\ry")}, resume("0"), "data: y", "data: x\ry"},
      {"sse-drops-last-event-id", {three}, resume("1"), "data: 2", "3000\n\n\r\n"},
      {"sse-skip-one", {three}, resume("1"), "id: 2", "3000\n\nid: 3"},
      {"sse-replay-one", {three}, resume("1"), "3000\n\nid: 2", "3000\n\nid: 1"},
      {"sse-ring-off-by-one",
       {post("/publish/a?count=1000", "")},
       resume("0"),
       "3000\n\nid: 1\n",
       "event: gap"},
      {"sse-no-retry", {}, resume("0"), "retry: 3000", "\r\n:\n\n"},
      {"sse-wrong-type", {}, resume("0"), "text/event-stream", "text/plain"},
      {"poll-cursor-back",
       {three},
       head("GET /poll/a?cursor=0"),
       "\"cursor\":\"3\"",
       "\"cursor\":\"2\""},
      {"poll-timeout-408", {}, head("GET /poll/a?hold=0"), ok, "HTTP/1.1 408"},
  };
}

std::vector<deviation> connect_deviations() {
  const octets target = head("CONNECT 127.0.0.1:PORT");
  const octets early = target + head("GET /http-echo", "Connection: close\r\n");
  return {
      {"connect-201", {}, target, "HTTP/1.1 200", "HTTP/1.1 201"},
      {"connect-103",
       {},
       target,
       "HTTP/1.1 200 C",
       "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200",
       true},
      {"connect-body-header", {}, target, "Established\r\n\r\n", "Content-Length"},
      {"connect-any-host", {}, head("CONNECT 10.0.0.1:PORT"), "HTTP/1.1 403", "HTTP/1.1 200"},
      {"tunnel-lossy", {}, early, "\r\n\r\nOK<FIN>", "\r\n\r\nO<FIN>"},
      {"tunnel-eats-early", {}, early, "\r\n\r\nOK<FIN>", "Established\r\n\r\n<FIN>"},
  };
}

octets observe(const deviation& one, bool mutated) {
  options how;
  how.http_keepalive_timeout = std::chrono::milliseconds(200);
  how.http_header_timeout = std::chrono::milliseconds(200);
  how.http_body_timeout = std::chrono::milliseconds(100);
  if (mutated) how.mutants.insert(one.mutant);
  test_bed bed(how);
  for (const octets& request : one.before)
    bed.talk(request, request.starts_with("POST /comet") ? "<FIN>" : "\r\n\r\n");
  octets send = one.send;
  const std::size_t port = send.find("PORT");
  if (port != octets::npos) send.replace(port, 4, std::to_string(bed.served.local().port));
  const bool whole = one.both || !mutated;
  return bed.talk(send, whole ? one.healthy : one.sick);
}

void PrintTo(const deviation& one, std::ostream* out) {
  *out << one.mutant;
}

class mutant_table : public testing::TestWithParam<deviation> {};

TEST_P(mutant_table, shows_its_deviation_and_only_then) {
  const deviation& one = GetParam();
  const octets sound = observe(one, false);
  EXPECT_NE(sound.find(one.healthy), octets::npos) << printable(sound);
  EXPECT_EQ(sound.find(one.sick), octets::npos) << printable(sound);
  const octets mutated = observe(one, true);
  EXPECT_NE(mutated.find(one.sick), octets::npos) << printable(mutated);
  EXPECT_EQ(mutated.find(one.healthy) != octets::npos, one.both) << printable(mutated);
}

std::string name_of(const testing::TestParamInfo<deviation>& info) {
  std::string name = info.param.mutant;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(websocket,
                         mutant_table,
                         testing::ValuesIn(websocket_deviations()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(http, mutant_table, testing::ValuesIn(http_deviations()), name_of);
INSTANTIATE_TEST_SUITE_P(heads, mutant_table, testing::ValuesIn(head_deviations()), name_of);
INSTANTIATE_TEST_SUITE_P(lines, mutant_table, testing::ValuesIn(line_deviations()), name_of);
INSTANTIATE_TEST_SUITE_P(ends, mutant_table, testing::ValuesIn(end_deviations()), name_of);
INSTANTIATE_TEST_SUITE_P(framing, mutant_table, testing::ValuesIn(framing_deviations()), name_of);
INSTANTIATE_TEST_SUITE_P(semantics,
                         mutant_table,
                         testing::ValuesIn(semantic_deviations()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(chunks, mutant_table, testing::ValuesIn(chunk_deviations()), name_of);
INSTANTIATE_TEST_SUITE_P(tunnels, mutant_table, testing::ValuesIn(connect_deviations()), name_of);
INSTANTIATE_TEST_SUITE_P(topics, mutant_table, testing::ValuesIn(topic_deviations()), name_of);

TEST(mutants, have_names_of_their_own_and_say_what_they_break) {
  std::set<std::string_view> names;
  for (const mutant& one : all_mutants()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_FALSE(one.breaks.empty()) << one.name;
  }
}

TEST(mutants, that_do_not_exist_are_named) {
  const std::set<std::string> asked = {"bare-lf", "bear-lf"};
  EXPECT_EQ(unknown_mutants(asked), std::vector<std::string>{"bear-lf"});
}

TEST(mutants, that_do_not_exist_keep_the_gateway_from_starting) {
  options how;
  how.mutants = {"bear-lf"};
  boost::asio::io_context context;
  transport::tcp_runtime world(context, 1);
  gateway one(world, how);
  error_code error;
  EXPECT_FALSE(one.start(transport::endpoint(), error));
  EXPECT_EQ(error, boost::asio::error::invalid_argument);
}

}  // namespace
}  // namespace halley::gateway
