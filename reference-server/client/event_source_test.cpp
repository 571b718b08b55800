#include "reference-server/client/event_source.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/event_stream_reader.hpp"
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

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

using nlohmann::json;

const octets head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
const octets stop = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
const octets the_end = R"("event":"app.close")";

std::size_t count(const octets& in, const octets& what) {
  std::size_t result = 0;
  for (std::size_t at = 0; (at = in.find(what, at)) != octets::npos; at += what.size())
    ++result;
  return result;
}

bool has(const octets& in, const octets& what) {
  return in.find(what) != octets::npos;
}

/// A server that plays some answers, each to the next request, whatever the connection, and an
/// application that subscribes to it. "<FIN>" at the end of an answer ends its connection.
class stream_bed {
public:
  explicit stream_bed(const std::set<std::string>& mutants = {})
      : world_(context_, 1), client_(world_, options_of(mutants), [this](const json& line) {
          log_ += line.dump() + "\n";
        }) {
    error_code error;
    listener_ = world_.listen(transport::endpoint(), error);
    EXPECT_TRUE(listener_) << error.message();
  }

  /// Returns: what the server heard and what the application was told, in order, until `until`
  /// was so many times among it, or for as long as `limit`.
  octets play(const std::vector<octets>& answers,
              const octets& until,
              const json& more = {},
              duration limit = std::chrono::seconds(5),
              std::size_t times = 1) {
    answers_.assign(answers.begin(), answers.end());
    boost::asio::co_spawn(context_, accept_all(), boost::asio::detached);
    json line = {{"id", 1}, {"session", "s"}, {"do", "sse.connect"}};
    line["to"] = "http://" + transport::to_string(listener_->local()) + "/a?b#c";
    if (more.is_object()) line.update(more);
    client_.command(line);
    run_until(until, limit, times);
    octets result = log_;
    client_.abort();
    listener_->close();
    context_.run_for(std::chrono::milliseconds(5));
    return result;
  }

private:
  static client_options options_of(const std::set<std::string>& mutants) {
    client_options how;
    how.mutants = mutants;
    how.default_retry = std::chrono::milliseconds(10);
    return how;
  }

  void run_until(const octets& until, duration limit, std::size_t times) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (count(log_, until) < times && std::chrono::steady_clock::now() < end)
      context_.run_one_for(std::chrono::milliseconds(20));
  }

  awaitable<void> accept_all() {
    error_code error;
    while (!error) {
      auto one = co_await transport::accept(*listener_, error);
      if (one) boost::asio::co_spawn(context_, serve(std::move(one)), boost::asio::detached);
    }
  }

  awaitable<void> serve(std::unique_ptr<transport::transport> on) {
    octets input;
    octets block(65536, '\0');
    error_code error;
    while (!error) {
      const auto into = boost::asio::buffer(block);
      const std::size_t got = co_await transport::read_some(*on, into, error);
      input.append(block, 0, got);
      for (std::size_t end = 0; (end = input.find("\r\n\r\n")) != octets::npos;) {
        log_ += input.substr(0, end + 4);
        input.erase(0, end + 4);
        if (answers_.empty()) continue;
        octets answer = std::move(answers_.front());
        answers_.pop_front();
        const bool ends = answer.ends_with("<FIN>");
        if (ends) answer.resize(answer.size() - 5);
        error_code ignored;
        const auto out = boost::asio::buffer(answer);
        co_await transport::write_all(*on, out, ignored);
        if (ends) on->shutdown_send(ignored);
      }
    }
    log_ += "<END>\n";
  }

  boost::asio::io_context context_;
  transport::tcp_runtime world_;
  std::unique_ptr<transport::listener> listener_;
  reference_client client_;
  std::deque<octets> answers_;
  octets log_;
};

TEST(event_source, asks_for_a_stream_with_what_the_standard_has) {
  const octets log = stream_bed().play({stop}, the_end);
  EXPECT_TRUE(has(log, "GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:")) << log;
  EXPECT_TRUE(has(log, "\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\n")) << log;
  EXPECT_FALSE(has(log, "Content-Length")) << log;
  EXPECT_FALSE(has(log, "Last-Event-ID")) << log;
}

TEST(event_source, tells_messages_and_comes_back_with_the_last_id) {
  const octets log =
      stream_bed().play({head + "id: 7\nevent: x\ndata: a\n\nid: 8\ndata: b<FIN>", stop}, the_end);
  const octets open = R"({"event":"app.open","session":"s"})";
  const octets message = R"({"data":"a","event":"app.message","id":"7","session":"s","type":"x"})";
  EXPECT_LT(log.find(open), log.find(message)) << log;
  EXPECT_LT(log.find(message), log.find(R"("event":"app.error")")) << log;
  EXPECT_LT(log.find(R"("event":"app.error")"), log.find("\r\nLast-Event-ID: 7\r\n")) << log;
  EXPECT_EQ(count(log, "app.message"), 1U) << log;
  EXPECT_EQ(count(log, "app.error"), 2U) << log;
  EXPECT_EQ(count(log, "app.close"), 1U) << log;
}

TEST(event_source, says_no_id_once_it_was_taken_back) {
  const octets log =
      stream_bed().play({head + "id: 7\n\n<FIN>", head + "id\n\n<FIN>", stop}, the_end);
  EXPECT_EQ(count(log, "GET /a"), 3U) << log;
  EXPECT_EQ(count(log, "Last-Event-ID"), 1U) << log;
}

TEST(event_source, fails_for_good_with_what_is_no_stream) {
  const octets type = "\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n";
  for (const octets& answer :
       {octets("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\ndata: a\n\n"),
        octets("HTTP/1.1 200 OK\r\n\r\ndata: a\n\n"), "HTTP/1.1 201 Created" + type,
        "HTTP/1.1 404 Not Found" + type, "HTTP/1.1 302 Away" + type,
        "HTTP/1.1 503 Later\r\nRetry-After: 0" + type}) {
    const octets log = stream_bed().play({answer, head}, the_end);
    EXPECT_EQ(count(log, "GET /a"), 1U) << log;
    EXPECT_EQ(count(log, "app.error"), 1U) << log;
    EXPECT_EQ(count(log, "app.close"), 1U) << log;
    EXPECT_FALSE(has(log, "app.open")) << log;
  }
}

TEST(event_source, goes_on_where_it_was_redirected_to) {
  const octets away = "HTTP/1.1 301 Away\r\nLocation: x\r\nContent-Length: 0\r\n\r\n";
  const octets log = stream_bed().play({away, head + "data: a\n\n<FIN>", stop}, the_end);
  EXPECT_EQ(count(log, "GET /a"), 1U) << log;
  EXPECT_EQ(count(log, "GET /x"), 2U) << log;
  EXPECT_EQ(count(log, "app.open"), 1U) << log;
}

TEST(event_source, follows_twenty_redirects_and_no_more) {
  const octets away = "HTTP/1.1 302 Away\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n";
  std::vector<octets> answers(20, away);
  answers.push_back(head);
  EXPECT_TRUE(has(stream_bed().play(answers, "app.open"), "app.open"));
  answers.insert(answers.begin(), away);
  answers.back() = stop;
  EXPECT_TRUE(has(stream_bed().play(answers, the_end), "too many redirects"));
}

TEST(event_source, tries_again_behind_a_network_error) {
  const octets log = stream_bed().play({"<FIN>", "HTTP/1.1 2", head}, "app.open");
  EXPECT_TRUE(has(log, "app.error")) << log;
  EXPECT_FALSE(has(log, "app.close")) << log;
}

TEST(event_source, ends_its_connection_where_the_application_closes_it) {
  const octets log =
      stream_bed().play({head + "data: a\n\ndata: b\n\n"}, "<END>", {{"closes-after", 1}});
  EXPECT_EQ(count(log, "app.message"), 1U) << log;
  EXPECT_TRUE(has(log, "<END>")) << log;
  EXPECT_FALSE(has(log, "app.error")) << log;
  EXPECT_EQ(count(log, "GET /a"), 1U) << log;
}

TEST(event_source, begins_behind_an_id_that_it_was_given) {
  const octets log = stream_bed().play({stop}, the_end, {{"last-id", "5"}});
  EXPECT_TRUE(has(log, "\r\nLast-Event-ID: 5\r\n")) << log;
}

TEST(event_source, tells_of_an_address_that_is_none) {
  const octets log = stream_bed().play({head}, the_end, {{"to", "http://127.0.0.1:1 2/"}});
  EXPECT_TRUE(has(log, R"("id":1,"ok":true)")) << log;
  EXPECT_TRUE(has(log, "app.error")) << log;
  EXPECT_FALSE(has(log, "GET")) << log;
}

TEST(event_source, has_one_connection) {
  const auto gets = [](const std::set<std::string>& mutants) {
    const octets log = stream_bed(mutants).play({head + "data: a\n\n<FIN>"}, "never", {},
                                                std::chrono::milliseconds(300));
    return count(log, "GET /a");
  };
  EXPECT_EQ(gets({}), 2U);
  EXPECT_EQ(gets({"client-sse-two-connections"}), 3U);
}

TEST(is_event_stream, compares_the_last_type_in_any_case_without_parameters) {
  struct row {
    std::vector<octets> types;
    bool is;
  };
  for (const row& one : std::vector<row>{{{"text/event-stream"}, true},
                                         {{"TEXT/Event-Stream"}, true},
                                         {{"text/event-stream;bogus;a=b"}, true},
                                         {{"text/event-stream ; charset=\"a,b\""}, true},
                                         {{" text/event-stream"}, true},
                                         {{"text/html, text/event-stream"}, true},
                                         {{"text/event-stream, nonsense"}, true},
                                         {{"text/event-stream", "*/*"}, true},
                                         {{"text/event-stream, text/html"}, false},
                                         {{"text/event-stream", "text/html"}, false},
                                         {{"text/event-streams"}, false},
                                         {{"text/event-stream x"}, false},
                                         {{"text/"}, false},
                                         {{""}, false},
                                         {{}, false}}) {
    answer_head answer;
    for (const octets& type : one.types)
      answer.fields.push_back({"Content-Type", type});
    EXPECT_EQ(is_event_stream(answer, client_options()), one.is)
        << (one.types.empty() ? "none" : one.types.front());
  }
}

/// What a mutant does to a stream, and to the talk around it.
struct bent_stream {
  const char* mutant;
  octets stream;
};
struct bent_talk {
  const char* mutant;
  std::vector<octets> answers;
  octets shown;  // by the healthy one only, or with "!" in front by the mutant only
  json more = {};
  std::size_t times = 1;
};

std::vector<bent_stream> bent_streams() {
  const octets nul(1, '\0');
  return {
      {"client-sse-cr-unseen", "data: a\r\r"},
      {"client-sse-crlf-twice", "data: a\r\ndata: b\r\n\r\n"},
      {"client-sse-split-crlf-twice", "data: abc\r\ndata: b\n\n"},
      {"client-sse-other-line-ends", "data: a\x0B\n\n"},
      {"client-sse-piece-is-line", "data: abcdefg\n\n"},
      {"client-sse-long-line-cut", "data: " + octets(5000, 'x') + "\n\n"},
      {"client-sse-bom-kept",
       "\xEF\xBB\xBF"
       "data: a\n\n"},
      {"client-sse-bom-anywhere",
       "\n\xEF\xBB\xBF"
       "data: a\n\n"},
      {"client-sse-comment-is-field", ":data: a\n\n"},
      {"client-sse-comment-dispatches", "data: a\n:\ndata: b\n\n"},
      {"client-sse-names-any-case", "Data: a\n\n"},
      {"client-sse-names-trimmed", "data : a\n\n"},
      {"client-sse-no-colon-ignored", "data\n\n"},
      {"client-sse-last-colon", "data: a:b\n\n"},
      {"client-sse-space-kept", "data: a\n\n"},
      {"client-sse-spaces-lost", "data:  a\n\n"},
      {"client-sse-value-trimmed", "data: a \n\n"},
      {"client-sse-nul-ends-value", "data: a" + nul + "b\n\n"},
      {"client-sse-any-field-is-data", "x: a\n\n"},
      {"client-sse-data-joined", "data: a\ndata: b\n\n"},
      {"client-sse-last-data-wins", "data: a\ndata: b\n\n"},
      {"client-sse-last-line-end-kept", "data: a\n\n"},
      {"client-sse-empty-data-untold", "data\n\n"},
      {"client-sse-no-data-told", "event: a\n\n"},
      {"client-sse-first-type-stays", "event: a\nevent: b\ndata\n\n"},
      {"client-sse-type-kept", "event: a\ndata\n\ndata\n\n"},
      {"client-sse-type-kept-without-data", "event: a\n\ndata\n\n"},
      {"client-sse-id-per-message", "id: 1\ndata\n\ndata\n\n"},
      {"client-sse-id-without-data-lost", "id: 1\n\n"},
      {"client-sse-id-before-dispatch", "id: 1\n"},
      {"client-sse-empty-id-ignored", "id: 1\n\nid\n\n"},
      {"client-sse-nul-in-id", "id: " + nul + "\n\n"},
      {"client-sse-retry-by-strtol", "retry: 1x\n"},
      {"client-sse-end-dispatches", "data: a"},
      {"client-sse-latin-1", "data: \xC3\xA9\n\n"},
      {"client-sse-bad-utf-8-lost", "data: \xFF\n\n"},
      {"client-sse-bad-utf-8-swallows",
       "data: \xC3"
       "a\n\n"},
      {"client-sse-surrogate-taken", "data: \xED\xA0\x80\n\n"},
  };
}

/// What a reader makes of `stream` in pieces of ten octets.
octets reading_of(octet_view stream, const client_options& how) {
  event_stream_reader reader(how, "");
  octets result;
  const auto tell = [&](const stream_message& one) {
    result += one.type + "|" + one.data + "|" + one.id + ";";
    return true;
  };
  for (std::size_t at = 0; at < stream.size(); at += 10)
    reader.feed(stream.substr(at, 10), tell);
  reader.end(tell);
  return result + reader.last_id() + (reader.retry() ? " retry" : "");
}

TEST(event_stream_mutants, read_otherwise) {
  for (const bent_stream& one : bent_streams()) {
    client_options how;
    const octets right = reading_of(one.stream, how);
    how.mutants.insert(one.mutant);
    EXPECT_NE(reading_of(one.stream, how), right) << one.mutant;
  }
}

octets answer(const octets& status, const octets& fields = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Type: text/event-stream\r\n" + fields + "\r\n";
}

octets typed(const octets& type) {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\n\r\n<FIN>";
}

std::vector<bent_talk> bent_requests() {
  const octets away = "HTTP/1.1 302 Away\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n";
  const octets once = head + "id: 7\ndata: a\n\n<FIN>";
  const json page = {{"origin", "http://page.example"}};
  const json member = {{"origin", "http://page.example"}, {"credentials", true}};
  const auto shared = [](const octets& with) {
    return answer("200 OK", "Access-Control-Allow-Origin: " + with + "\r\n") + "<FIN>";
  };
  std::vector<octets> loop(22, away);
  loop.push_back(stop);
  return {
      {"client-sse-post", {stop}, "GET /a"},
      {"client-sse-content", {stop}, "!Content-Length"},
      {"client-sse-accepts-html", {stop}, "Accept: text/event-stream"},
      {"client-sse-from-cache", {stop}, "no-cache"},
      {"client-sse-fields-once", {once, stop}, "X-A: 1", {{"headers", {{"X-A", "1"}}}}, 2},
      {"client-sse-fragment-sent", {stop}, "!#c"},
      {"client-sse-bad-address-guessed", {}, "app.close", {{"to", "http://127.0.0.1:1 /"}}},
      {"client-sse-no-origin", {stop}, "Origin: http://page.example", page},
      {"client-sse-cors-unchecked", {shared("*, *"), stop}, "!app.open", page},
      {"client-sse-cors-any-unknown", {shared("*"), stop}, "app.open", page},
      {"client-sse-cors-names-unknown", {shared("http://page.example"), stop}, "app.open", page},
      {"client-sse-cors-any-with-credentials", {shared("*"), stop}, "!app.open", member},
      {"client-sse-preflight", {once, stop, stop}, "!OPTIONS"},
      {"client-sse-given-id-lost", {stop}, "Last-Event-ID", {{"last-id", "5"}}},
      {"client-sse-redirect-refused", {away, stop}, "GET /x"},
      {"client-sse-redirect-unbounded", loop, "too many redirects"},
  };
}

std::vector<bent_talk> bent_answers() {
  const octets once = head + "data: a\n\n<FIN>";
  return {
      {"client-sse-open-late", {head + "<FIN>", stop}, "app.open"},
      {"client-sse-open-once", {once, once, stop}, "app.open", {}, 2},
      {"client-sse-type-unseen", {typed("text/plain"), stop}, "!app.open"},
      {"client-sse-type-by-prefix", {typed("text/event-streams"), stop}, "!app.open"},
      {"client-sse-type-case-seen", {typed("Text/Event-Stream"), stop}, "app.open"},
      {"client-sse-type-alone", {typed("text/event-stream;a=b"), stop}, "app.open"},
      {"client-sse-first-type-counts", {typed("text/event-stream, a/b"), stop}, "!app.open"},
      {"client-sse-type-told-late",
       {"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"},
       "app.close"},
      {"client-sse-any-2xx-opens", {answer("206 Some") + "<FIN>", stop}, "!app.open"},
      {"client-sse-any-error-opens", {answer("404 No") + "<FIN>", stop}, "!app.open"},
      {"client-sse-204-reconnects", {stop, head}, "app.close"},
      {"client-sse-5xx-reconnects", {answer("503 No"), head}, "app.close"},
      {"client-sse-failure-reconnects", {answer("404 No"), head}, "app.close"},
      {"client-sse-retry-after-counts",
       {answer("503 No", "Retry-After: 0\r\n"), head},
       "app.close"},
      {"client-sse-failure-untold", {stop}, "app.close"},
  };
}

std::vector<bent_talk> bent_returns() {
  const octets once = head + "id: 7\ndata: a\n\n<FIN>";
  const octets broken = answer("200 OK", "Transfer-Encoding: chunked\r\n") + "x<FIN>";
  const octets sized = answer("200 OK", "Content-Length: 9\r\n") + "data: a\n\n";
  const octets soon = head + "retry: 1\ndata: a\n\n<FIN>";
  const json one = {{"closes-after", 1}};
  return {
      {"client-sse-end-is-final", {once, stop}, "Last-Event-ID: 7"},
      {"client-sse-break-is-final", {broken, head}, "!app.close"},
      {"client-sse-length-is-final", {sized, head}, "!app.close"},
      {"client-sse-no-last-id", {once, stop}, "Last-Event-ID: 7"},
      {"client-sse-id-of-first-stream", {once, head + "id: 8\n\n<FIN>", stop}, "Last-Event-ID: 8"},
      {"client-sse-old-id-again", {once, head + "id\n\n<FIN>", stop}, "!Last-Event-ID: 7", {}, 2},
      {"client-sse-empty-id-sent", {head + "data: a\n\n<FIN>", stop}, "!Last-Event-ID"},
      {"client-sse-stream-goes-on",
       {head + "data: a<FIN>", head + "\n\n<FIN>", stop},
       "!app.message"},
      {"client-sse-two-connections", {soon, stop, stop}, "!GET /a", {}, 3},
      {"client-sse-close-reconnects", {head + "data: a\n\n", stop}, "!app.error", one},
      {"client-sse-close-tells-on", {head + "data: a\n\ndata: b\n\n"}, R"(!"data":"b")", one},
      {"client-sse-error-type-ends", {head + "event: error\ndata\n\n", head}, "!app.error"},
  };
}

TEST(event_source_mutants, do_what_they_are_named_for) {
  for (const auto& some : {bent_requests(), bent_answers(), bent_returns()})
    for (const bent_talk& one : some) {
      const bool sick = one.shown.starts_with("!");
      const octets text = one.shown.substr(sick ? 1 : 0);
      // The healthy one may take its time where it is to show something.
      const auto brief = std::chrono::milliseconds(200);
      const auto patient = std::chrono::seconds(5);
      const auto run = [&](const std::set<std::string>& mutants, bool shows) {
        const duration limit = shows ? duration(patient) : duration(brief);
        return stream_bed(mutants).play(one.answers, text, one.more, limit, one.times);
      };
      const octets right = run({}, !sick);
      const octets wrong = run({one.mutant}, sick);
      EXPECT_EQ(count(right, text) >= one.times, !sick) << one.mutant << "\n" << right;
      EXPECT_EQ(count(wrong, text) >= one.times, sick) << one.mutant << "\n" << wrong;
    }
}

TEST(event_source_mutants, are_all_shown) {
  // Scenarios show those of the reconnection time, which they measure, and of a close() outside of
  // a handler.
  std::set<std::string> shown = {
      "client-sse-reconnects-at-once", "client-sse-retry-ignored",
      "client-sse-retry-per-stream",   "client-sse-retry-in-seconds",
      "client-sse-default-minutes",    "client-sse-close-leaves-connection"};
  for (const bent_stream& one : bent_streams())
    shown.insert(one.mutant);
  for (const auto& some : {bent_requests(), bent_answers(), bent_returns()})
    for (const bent_talk& one : some)
      shown.insert(one.mutant);
  for (const mutant& one : all_mutants())
    if (one.name.starts_with("client-sse-"))
      EXPECT_TRUE(shown.contains(std::string(one.name))) << one.name;
  EXPECT_TRUE(unknown_mutants(shown).empty());
}

}  // namespace
}  // namespace halley::gateway
