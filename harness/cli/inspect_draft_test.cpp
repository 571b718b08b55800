// A capture becomes a scenario that plays: halley inspect --to-scenario.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace halley::cli {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A subscriber, and on another connection who publishes to it.
constexpr const char* published = R"(scenario: 1
id: own/sse/named
title: What is published under a name is dispatched under it
sut: server
requirements:
  event: {ref: none, level: MUST, basis: convention, says: The event has its name.}
steps:
  - open: {to: "${target.http.sse-stream}"}
  - send:
      http.head: |
        GET ${target.http.sse-stream.path} HTTP/1.1
        Host: ${target.http.sse-stream.authority}
        Accept: text/event-stream
  - expect: {event: {http.response: {status: 200}}}
  - {conn: publisher, open: {to: "${target.http.publish}"}}
  - conn: publisher
    send:
      http.head: |
        POST ${target.http.publish.path}?event=greeting HTTP/1.1
        Host: ${target.http.publish.authority}
        Content-Length: 5
  - {conn: publisher, send: {bytes: hello}}
  - {conn: publisher, expect: {event: {http.response: {status: 200}}}}
  - expect: {event: {sse.event: {event: greeting, data: hello}}, violates: [event]}
)";

struct circle {
  const char* played;      ///< a scenario of the library, or the file "own.scenario.yaml"
  const char* connection;  ///< of its capture
  const char* mutant;      ///< that both have to fail on
  const char* says;        ///< what the draft has to hold
};

TEST(draft, passes_where_it_was_captured_and_fails_where_what_was_played_fails) {
  for (const circle& one : std::vector<circle>{
           {"ws/echo/short[type=text]", "1", "echo-other-type",
            "expect: {event: {ws.message: {type: text, payload: \"Hello\"}}, violates: [message]}"},
           {"http/content-length/echo[method=POST,size=5]", "1", "body-one-short",
            "POST ${target.http.echo.path} HTTP/1.1\n        Host: ${target.http.echo.authority}"},
           {"connect/tunnel/transparent[size=256,pattern=counter]", "1", "tunnel-lossy",
            "{as: origin, accept: {within: \"5s\"}}"},
           {"own.scenario.yaml", "1,2", "sse-drops-name",
            "POST ${target.http.publish.path}?event=greeting HTTP/1.1"}}) {
    workplace here;
    write_text(here / "own.scenario.yaml", published);
    EXPECT_EQ(here.run({"run", one.played, "--out", "o"}).code, 0) << one.played;
    const auto draft = here.run({"inspect", "o", "--to-scenario", one.connection});
    ASSERT_EQ(draft.code, 0) << draft.err;
    EXPECT_TRUE(has(draft.out, one.says)) << draft.out;
    write_text(here / "draft.scenario.yaml", draft.out);
    const auto check = here.run({"check", "draft.scenario.yaml"});
    EXPECT_EQ(check.code, 0) << check.err << draft.out;
    const auto good = here.run({"run", "draft.scenario.yaml", "--out", "p"});
    EXPECT_EQ(good.code, 0) << good.out << draft.out;
    EXPECT_TRUE(has(good.out, "1 passed")) << good.out;
    EXPECT_EQ(here.run({"run", one.played, "--sim", "--mutant", one.mutant, "--out", "q"}).code, 1);
    const auto bad =
        here.run({"run", "draft.scenario.yaml", "--sim", "--mutant", one.mutant, "--out", "r"});
    EXPECT_EQ(bad.code, 1) << bad.out << bad.err << draft.out;
  }
}

TEST(draft, sends_what_is_not_well_formed_as_it_is_and_draws_the_rest) {
  workplace here;
  here.run({"run", "ws/frame/long-length-form[opcode=text,form=16bit,size=0]", "--out", "o"});
  const auto odd = here.run({"inspect", "o", "--to-scenario", "1"});
  ASSERT_EQ(odd.code, 0) << odd.err;
  EXPECT_TRUE(has(odd.out, "Sec-WebSocket-Key: ${nonce}")) << odd.out;
  EXPECT_TRUE(has(odd.out, "sec-websocket-accept: \"${ws.accept(nonce)}\"")) << odd.out;
  EXPECT_TRUE(has(odd.out, "- send: {bytes: {hex: \"81fe0000")) << odd.out;
}

TEST(draft, takes_the_first_connection_whose_server_broke_a_rule) {
  workplace here;
  here.run({"run", "ws/close/**", "--mutant", "close-sends-1005", "--strength", "quick", "--out",
            "o", "--sim"});
  const auto draft = here.run({"inspect", "o", "--to-scenario"});
  ASSERT_EQ(draft.code, 0) << draft.err;
  write_text(here / "draft.scenario.yaml", draft.out);
  // What was wrong is no expectation; the checks of every connection find it again.
  EXPECT_FALSE(has(draft.out, "1005")) << draft.out;
  EXPECT_EQ(here.run({"run", "draft.scenario.yaml", "--out", "p"}).code, 0) << draft.out;
  EXPECT_EQ(
      here.run({"run", "draft.scenario.yaml", "--mutant", "close-sends-1005", "--out", "q"}).code,
      1);
}

TEST(draft, says_why_there_is_none) {
  workplace here;
  here.run({"run", "connect/tunnel/echo", "ws/echo/short", "--strength", "quick", "--sim", "--out",
            "o", "--jobs", "1"});
  struct refused {
    std::vector<std::string> words;
    const char* says;
  };
  for (const auto& [words, says] : std::vector<refused>{
           {{"--to-scenario", "1,2"}, "no scenario of it: a tunnel is drafted alone"},
           {{"--to-scenario"}, "say which one, --to-scenario 3"},
           {{"--to-scenario", "99"}, "there is no connection 99"},
           {{"--to-scenario", "1,"}, "numbers of connections"},
           {{"--to-scenario", "x"}, "numbers of connections"}}) {
    std::vector<std::string> all = {"inspect", "o"};
    all.insert(all.end(), words.begin(), words.end());
    const auto end = here.run(all);
    EXPECT_EQ(end.code, 2) << says;
    EXPECT_EQ(end.out, "") << says;
    EXPECT_TRUE(has(end.err, says)) << end.err;
  }
}

}  // namespace
}  // namespace halley::cli
