#include "reference-server/client/event_source.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/reference_client.hpp"
#include "reference-server/request.hpp"
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
  /// was among it, or nothing more came.
  octets play(const std::vector<octets>& answers, const octets& until, const json& more = {}) {
    answers_.assign(answers.begin(), answers.end());
    boost::asio::co_spawn(context_, accept_all(), boost::asio::detached);
    json line = {{"id", 1}, {"session", "s"}, {"do", "sse.connect"}};
    line["to"] = "http://" + transport::to_string(listener_->local()) + "/a?b#c";
    if (more.is_object()) line.update(more);
    client_.command(line);
    run_until(until);
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

  void run_until(const octets& until) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (log_.find(until) == octets::npos && std::chrono::steady_clock::now() < limit)
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

std::size_t count(const octets& in, const octets& what) {
  std::size_t result = 0;
  for (std::size_t at = 0; (at = in.find(what, at)) != octets::npos; at += what.size())
    ++result;
  return result;
}

bool has(const octets& in, const octets& what) {
  return in.find(what) != octets::npos;
}

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
    return count(stream_bed(mutants).play({head + "data: a\n\n<FIN>"}, "never"), "GET /a");
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

}  // namespace
}  // namespace halley::gateway
