// The reference client as a client of plain HTTP: what it sends, and what it makes of answers.
#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/reference_client.hpp"
#include "reference-server/mutants.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

using nlohmann::json;

const octets ok = "HTTP/1.1 200 OK\r\n";
const octets hello = ok + "Content-Length: 5\r\n\r\nhello";
const octets next = ok + "Content-Length: 4\r\n\r\nnext";
const octets last_chunk = "0\r\n\r\n";
const octets refused = R"("event":"app.error")";
const octets the_end = "<END>";

octets told(const octets& body) {
  return R"("body":")" + body + "\"";
}

octets chunked(const octets& chunks) {
  return ok + "Transfer-Encoding: chunked\r\n\r\n" + chunks;
}

/// Some requests of an application, one after the other, and what is answered to them.
struct talk {
  std::vector<json> asks;
  /// The next one is sent when another head has come, on whatever connection. "<FIN>" at its end
  /// ends that connection; what stands behind "<TOLD>" is sent when the application was told.
  std::vector<octets> answers;
  std::size_t body = 0;  ///< octets of the first request's body, where there are to be many
};

/// What the client shows as it is, and what it shows with a mutant.
struct deviation {
  const char* mutant;
  talk what;
  octets healthy;  // not seen with the mutant where `sick` is empty
  octets sick;
};

void PrintTo(const deviation& one, std::ostream* out) {
  *out << one.mutant;
}

/// A server that plays a talk with a client on loopback.
class http_bed {
public:
  explicit http_bed(const std::set<std::string>& mutants)
      : world_(context_, 1),
        told_something_(world_.time()),
        client_(world_, options_of(mutants), [this](const json& line) { hear(line); }) {
    error_code error;
    listener_ = world_.listen(transport::endpoint(), error);
    EXPECT_TRUE(listener_) << error.message();
  }

  /// Returns: what the server heard on all connections, and what the application was told.
  octets play(talk what, bool to_the_end) {
    asks_.assign(what.asks.begin(), what.asks.end());
    if (what.body != 0) asks_.front()["body"] = octets(what.body, 'x');
    answers_.assign(what.answers.begin(), what.answers.end());
    boost::asio::co_spawn(context_, accept_all(), boost::asio::detached);
    ask();
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const auto waits = [&] { return !done_ || (to_the_end && open_ > 0); };
    while (waits() && std::chrono::steady_clock::now() < limit && !idle_for_long(to_the_end))
      context_.run_one_for(std::chrono::milliseconds(50));
    octets shown = heard_ + said_;
    client_.abort();
    listener_->close();
    context_.run_for(std::chrono::milliseconds(5));
    return shown;
  }

private:
  static client_options options_of(const std::set<std::string>& mutants) {
    client_options how;
    how.mutants = mutants;
    how.response_timeout = std::chrono::milliseconds(400);
    how.continue_timeout = std::chrono::milliseconds(50);
    return how;
  }

  /// A mutant keeps a connection for good: the end is not waited for without end.
  bool idle_for_long(bool to_the_end) {
    if (!done_ || !to_the_end) return false;
    const auto now = std::chrono::steady_clock::now();
    if (done_at_ == std::chrono::steady_clock::time_point()) done_at_ = now;
    return now - done_at_ > std::chrono::seconds(1);
  }

  void ask() {
    json line = {{"id", 1}, {"session", "s"}, {"do", "http.request"}};
    line["to"] = "http://" + transport::to_string(listener_->local()) + "/a?b=c";
    line.update(asks_.front());
    const octets self = transport::to_string(listener_->local());
    if (line.contains("proxy")) line["proxy"] = "http://" + self;
    asks_.pop_front();
    client_.command(line);
  }

  void hear(const json& line) {
    said_ += line.dump() + "\n";
    if (!line.contains("event")) {
      EXPECT_TRUE(line.value("ok", false)) << said_;
      return;
    }
    told_something_.notify();
    if (asks_.empty())
      done_ = true;
    else
      ask();
  }

  awaitable<void> accept_all() {
    error_code error;
    while (!error) {
      auto one = co_await transport::accept(*listener_, error);
      if (one) boost::asio::co_spawn(context_, serve(std::move(one)), boost::asio::detached);
    }
  }

  awaitable<void> serve(std::unique_ptr<transport::transport> on) {
    ++open_;
    octets input;
    octets block(65536, '\0');
    error_code error;
    while (!error) {
      const auto into = boost::asio::buffer(block);
      const std::size_t got = co_await transport::read_some(*on, into, error);
      input.append(block, 0, got);
      heard_.append(block, 0, got);
      for (std::size_t end = 0; (end = input.find("\r\n\r\n")) != octets::npos;) {
        input.erase(0, end + 4);
        if (octet_view(input).starts_with(last_chunk)) input.erase(0, last_chunk.size());
        if (answers_.empty()) continue;
        octets answer = std::move(answers_.front());
        answers_.pop_front();
        co_await reply(*on, std::move(answer));
      }
    }
    heard_ += the_end;
    --open_;
  }

  awaitable<void> reply(transport::transport& on, octets answer) {
    const bool ends = answer.ends_with("<FIN>");
    if (ends) answer.resize(answer.size() - 5);
    const std::size_t cut = std::min(answer.find("<TOLD>"), answer.size());
    const octets later = answer.substr(std::min(cut + 6, answer.size()));
    answer.resize(cut);
    error_code error;
    const auto now = boost::asio::buffer(answer);
    co_await transport::write_all(on, now, error);
    if (!later.empty()) {
      const instant deadline = world_.time().now() + std::chrono::seconds(5);
      co_await told_something_.wait_until(deadline);
      const auto then = boost::asio::buffer(later);
      co_await transport::write_all(on, then, error);
    }
    if (ends) on.shutdown_send(error);
  }

  boost::asio::io_context context_;
  transport::tcp_runtime world_;
  clock::wake told_something_;
  std::unique_ptr<transport::listener> listener_;
  reference_client client_;
  std::deque<json> asks_;
  std::deque<octets> answers_;
  octets heard_;
  octets said_;
  std::chrono::steady_clock::time_point done_at_;
  std::size_t open_ = 0;
  bool done_ = false;
};

const json get = json::object();
const json head = {{"method", "HEAD"}};
const json post = {{"method", "POST"}, {"body", "hello"}};
const json post_chunks = {{"method", "POST"}, {"body", "hello"}, {"chunked", true}};
const json expecting = {
    {"method", "POST"}, {"body", "hello"}, {"headers", {{"Expect", "100-continue"}}}};
const json expecting_nothing = {{"headers", {{"Expect", "100-continue"}}}};
const json closing = {{"headers", {{"Connection", "close"}}}};
const json proxied = {{"to", "http://127.0.0.1/in"}, {"proxy", "here"}};
const json tunnelled = {{"to", "http://127.0.0.1/in"}, {"proxy", "here"}, {"tunnel", true}};

std::vector<deviation> request_deviations() {
  const talk one = {{get}, {hello}};
  const talk body = {{post}, {hello}};
  const talk chunks = {{post_chunks}, {hello}};
  const octets line = "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:";
  const octets sized = "\r\nContent-Length: 5\r\n\r\nhello";
  const octets in_chunks = "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  return {
      {"client-http-method-odd", one, line, "GE(T "},
      {"client-http-target-control", one, line, "\x01 HTTP"},
      {"client-http-query-lost", one, line, "GET /a HTTP"},
      {"client-http-version-odd", one, line, "HTTP/1.01"},
      {"client-http-two-spaces", one, line, "  HTTP"},
      {"client-http-space-after-start-line", one, line, "\r\n X-A"},
      {"client-http-fold-sent", one, line, "\r\n 2"},
      {"client-http-lone-lf-sent", one, line, "1\nHost"},
      {"client-http-lone-cr-sent", one, line, "1\r2"},
      {"client-http-empty-line-first", one, line, "\r\nGET"},
      {"client-http-field-name-odd", one, line, "X(A)"},
      {"client-http-space-before-colon-sent", one, line, "X-A :"},
      {"client-http-no-colon", one, line, "X-A\r\n"},
      {"client-http-field-value-control", one, line, "1\x01\r"},
      {"client-http-upgrade-alone", one, line, "Upgrade: x"},
      {"client-http-no-host", one, "\r\nHost: ", ""},
      {"client-http-two-hosts", one, line, "Host: a\r\nHost: 127"},
      {"client-http-host-no-port", one, line, "Host: 127.0.0.1\r"},
      {"client-http-length-odd", body, sized, "+5"},
      {"client-http-lengths-differ", body, sized, "Length: 1\r\nContent-Length: 5"},
      {"client-http-length-twice", body, sized, "Length: 5\r\nContent-Length: 5"},
      {"client-http-length-lost", body, sized, "X-Length"},
      {"client-http-body-one-short", body, sized, ""},
      {"client-http-empty-line-behind", body, sized, "hello\r\n"},
      {"client-http-length-beside-coding", chunks, in_chunks, "Content-Length: 5"},
      {"client-http-chunked-twice", chunks, in_chunks, "chunked, chunked"},
      {"client-http-chunked-not-last", chunks, in_chunks, "chunked, x-other"},
      {"client-http-chunk-size-odd", chunks, in_chunks, "5h\r\n"},
      {"client-http-chunk-extension-odd", chunks, in_chunks, "5;;\r\n"},
      {"client-http-chunk-end-lost", chunks, in_chunks, "helloxx0"},
      {"client-http-host-in-trailer", chunks, in_chunks, "0\r\nHost: a\r\n"},
      {"client-http-continue-awaited", {{expecting}, {""}}, "\r\n\r\nhello", ""},
      {"client-http-417-is-final",
       {{expecting}, {"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n", hello}},
       told("hello"),
       R"("status":417)"},
      {"client-http-proxy-origin-form",
       {{proxied}, {hello}},
       "GET http://127.0.0.1/in HTTP/1.1\r\nHost: 127.0.0.1\r\n",
       "GET /in "},
  };
}

std::vector<deviation> connection_deviations() {
  const octets closes = ok + "Connection: close\r\nContent-Length: 5\r\n\r\nhello";
  const octets redirect = " Away\r\nLocation: x\r\nContent-Length: 0\r\n\r\n";
  const octets smuggled = ok + "Content-Length: 8\r\n\r\nsmuggled";
  const octets opened = ok + "\r\n";
  const talk in_tunnel = {{tunnelled}, {opened, hello}};
  return {
      {"client-http-rest-is-answer",
       {{get, get}, {hello + smuggled, next}},
       told("next"),
       told("smuggled")},
      {"client-http-idle-octets-are-answer", {{get}, {hello + "<TOLD>" + smuggled}}, the_end, ""},
      {"client-http-idle-end-unseen", {{get}, {hello + "<TOLD><FIN>"}}, the_end, ""},
      {"client-http-broken-left-open", {{get}, {ok + "Content-Length: x\r\n\r\n"}}, the_end, ""},
      {"client-http-close-left-open", {{get}, {closes}}, the_end, ""},
      {"client-http-close-ignored", {{get}, {closes}}, the_end, ""},
      {"client-http-request-after-close", {{closing}, {hello}}, the_end, ""},
      {"client-http-early-answer-lost",
       {.asks = {post},
        .answers = {"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n"},
        .body = std::size_t{8} << 20U},
       R"("status":413)",
       refused},
      {"client-http-post-repeated", {{get, post}, {hello, "<FIN>", next}}, refused, told("next")},
      {"client-http-retry-repeated",
       {{get, get}, {hello, "<FIN>", "<FIN>", next}},
       refused,
       told("next")},
      {"client-http-303-keeps-method",
       {{post}, {"HTTP/1.1 303" + redirect, next}},
       "GET /x HTTP",
       "POST /x"},
      {"client-http-307-is-get",
       {{post}, {"HTTP/1.1 307" + redirect, next}},
       "POST /x HTTP",
       "GET /x"},
      {"client-http-location-by-path",
       {{get}, {"HTTP/1.1 302 Away\r\nLocation: ?y\r\nContent-Length: 0\r\n\r\n", next}},
       "GET /a?y HTTP",
       "GET /?y"},
      {"client-http-connect-no-port", in_tunnel, "CONNECT 127.0.0.1:80 HTTP", "127.0.0.1 HTTP"},
      {"client-http-connect-absolute", in_tunnel, "CONNECT 127.0.0.1:80 HTTP", "CONNECT http:"},
      {"client-http-connect-host-proxy", in_tunnel, "\r\nHost: 127.0.0.1:80\r\n", ""},
      {"client-http-tunnel-has-body",
       {{tunnelled}, {ok + "Content-Length: 9\r\n\r\n", hello}},
       told("hello"),
       refused},
      {"client-http-tunnel-refused", in_tunnel, told("hello"), refused},
      {"client-http-tunnel-not-kept",
       {{tunnelled}, {"HTTP/1.0 200 OK\r\n\r\n", hello}},
       told("hello"),
       refused},
      {"client-http-tunnel-unawaited", {{tunnelled}, {""}}, "HTTP/1.1\r\n", "GET /in"},
      {"client-http-refusal-is-tunnel",
       {{tunnelled}, {"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n", hello}},
       refused,
       told("hello")},
  };
}

std::vector<deviation> answer_deviations() {
  const auto answer = [](const octets& text, const json& ask = get) {
    return talk{{ask}, {text + "<FIN>"}};
  };
  const octets interim = "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n";
  const octets takes = told("hello");
  const octets five = "Content-Length: 5\r\n\r\nhello";
  return {
      {"client-http-interim-is-final", answer(interim + hello), takes, R"("status":100)"},
      {"client-http-interim-has-body", answer(interim + hello), takes, refused},
      {"client-http-higher-minor-refused", answer("HTTP/1.2 200 OK\r\n" + five), takes, refused},
      {"client-http-reason-needed", answer("HTTP/1.1 200 \r\n" + five), takes, refused},
      {"client-http-field-case-seen", answer(ok + "content-length: 5\r\n\r\nhello more"), takes,
       told("hello more")},
      {"client-http-fold-cut", answer(ok + "X-A: a\r\n b\r\n" + five), R"("x-a":"a b")",
       R"("x-a":"a")"},
      {"client-http-space-before-fields-taken", answer(ok + " X-A: 1\r\n" + five), refused, takes},
      {"client-http-bare-cr", answer(ok + "X-A: 1\rX-B: 2\r\n" + five), refused, takes},
      {"client-http-nul-ends-value", answer(ok + octets("X-A: 1\0\r\n", 9) + five), refused, takes},
      {"client-http-cut-head-taken", answer(ok + "X-A: 1\r\nX-"), refused, R"("status":200)"},
      {"client-http-head-has-body", answer(ok + "Content-Length: 5\r\n\r\n", head),
       R"("status":200)", refused},
      {"client-http-204-has-body", answer("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n"),
       R"("status":204)", refused},
      {"client-http-304-has-body", answer("HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n"),
       R"("status":304)", refused},
      {"client-http-no-length-no-body", answer(ok + "\r\nhello"), takes, told("")},
      {"client-http-cut-is-complete", answer(ok + "Content-Length: 9\r\n\r\nhello"), refused,
       takes},
      {"client-http-length-by-strtol", answer(ok + "Content-Length: +5\r\n\r\nhello"), refused,
       takes},
      {"client-http-length-in-32-bits", answer(ok + "Content-Length: 4294967301\r\n\r\nhello"),
       refused, takes},
      {"client-http-first-length-wins",
       answer(ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), refused, takes},
      {"client-http-length-over-coding",
       answer(ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello"), refused, takes},
      {"client-http-chunked-in-http10",
       answer("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
       refused, takes},
      {"client-http-chunked-anywhere",
       answer(ok + "Transfer-Encoding: chunked, x\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), refused, takes},
      {"client-http-coding-case-seen",
       answer(ok + "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), takes, refused},
      {"client-http-chunk-size-by-strtol", answer(chunked("5x\r\nhello\r\n0\r\n\r\n")), refused,
       takes},
      {"client-http-chunk-size-wraps", answer(chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")),
       refused, takes},
      {"client-http-chunk-data-end-unseen", answer(chunked("5\r\nhelloxx0\r\n\r\n")), refused,
       takes},
      {"client-http-chunk-extension-refused", answer(chunked("5;a\r\nhello\r\n0\r\n\r\n")), takes,
       refused},
      {"client-http-hex-lower-only", answer(chunked("A\r\nhellohello\r\n0\r\n\r\n")),
       told("hellohello"), refused},
      {"client-http-last-chunk-by-text", answer(chunked("5\r\nhello\r\n00\r\n\r\n")), takes,
       refused},
      {"client-http-trailer-merged", answer(chunked("5\r\nhello\r\n0\r\nX-A: 1\r\n\r\n")), takes,
       R"("x-a":"1")"},
  };
}

class http_mutants : public testing::TestWithParam<deviation> {};

TEST_P(http_mutants, do_what_they_are_named_for) {
  const deviation& one = GetParam();
  const bool to_the_end = one.healthy == the_end;
  const octets right = http_bed({}).play(one.what, to_the_end);
  const octets wrong = http_bed({one.mutant}).play(one.what, to_the_end);
  const auto has = [](const octets& text, const octets& part) {
    return text.find(part) != octets::npos;
  };
  EXPECT_TRUE(has(right, one.healthy)) << right;
  if (one.sick.empty()) {
    EXPECT_FALSE(has(wrong, one.healthy)) << wrong;
  } else {
    EXPECT_FALSE(has(right, one.sick)) << right;
    EXPECT_TRUE(has(wrong, one.sick)) << wrong;
  }
}

octets name_of(const testing::TestParamInfo<deviation>& one) {
  octets name = one.param.mutant;
  std::ranges::replace(name, '-', '_');
  return name + "_" + std::to_string(one.index);
}

INSTANTIATE_TEST_SUITE_P(requests, http_mutants, testing::ValuesIn(request_deviations()), name_of);
INSTANTIATE_TEST_SUITE_P(connections,
                         http_mutants,
                         testing::ValuesIn(connection_deviations()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(answers, http_mutants, testing::ValuesIn(answer_deviations()), name_of);

TEST(http_mutants, are_all_shown) {
  // A line in pieces shows in the simulation only, where segments are kept apart.
  std::set<std::string> shown = {"client-http-split-line-lost"};
  for (const auto& some : {request_deviations(), connection_deviations(), answer_deviations()})
    for (const deviation& one : some)
      shown.insert(one.mutant);
  for (const mutant& one : all_mutants())
    if (one.name.starts_with("client-http-"))
      EXPECT_TRUE(shown.contains(std::string(one.name))) << one.name;
  EXPECT_TRUE(unknown_mutants(shown).empty());
}

TEST(http_agent, follows_ten_redirects_and_no_more) {
  const octets away = "HTTP/1.1 302 Away\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n";
  std::vector<octets> answers(10, away);
  answers.push_back(hello);
  const octets few = http_bed({}).play({{get}, answers}, false);
  EXPECT_NE(few.find(told("hello")), octets::npos) << few;
  answers.insert(answers.begin(), away);
  const octets many = http_bed({}).play({{get}, answers}, false);
  EXPECT_NE(many.find(R"("text":"too many redirects")"), octets::npos) << many;
}

TEST(http_agent, expects_nothing_where_it_has_no_content) {
  const octets all = http_bed({}).play({{expecting_nothing}, {hello}}, false);
  EXPECT_NE(all.find(told("hello")), octets::npos) << all;
  EXPECT_EQ(all.find("Expect"), octets::npos) << all;
}

TEST(http_agent, sends_the_next_request_on_the_same_connection) {
  const octets all = http_bed({}).play({{get, get}, {hello, next}}, false);
  EXPECT_NE(all.find(told("next")), octets::npos) << all;
  EXPECT_EQ(all.find(the_end), octets::npos) << all;
}

}  // namespace
}  // namespace halley::gateway
