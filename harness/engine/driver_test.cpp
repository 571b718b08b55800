// Drivers of clients under test: those that work, those that die, lie or say nothing.
#include "clock/clock.hpp"
#include "engine/child_process.hpp"
#include "engine/client_driver.hpp"
#include "engine/exec_driver.hpp"
#include "engine/stdio_driver.hpp"
#include "scenario/scenario_test_support.hpp"
#include "transport/tcp_runtime.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using outcome = driver_answer::outcome;

/// A shell as the driver: it answers each command with `ok`, after what `cases` do with it. $n is
/// the number of the command, the numbers of one process being 1, 2, …
std::string shell(const std::string& cases) {
  return "n=0\nwhile read -r line; do n=$((n+1))\ncase \"$line\" in\n" + cases +
         "\nesac\nprintf '{\"id\":%s,\"ok\":true}\\n' $n\ndone\n";
}

class driver : public testing::Test {
protected:
  driver() { std::signal(SIGPIPE, SIG_IGN); }

  std::unique_ptr<stdio_driver> speaking(const std::string& script,
                                         bool reuse = true,
                                         std::size_t limit = 1'000'000) {
    driver_program how;
    how.command = {"/bin/sh", "-c", script};
    how.directory = folder.path();
    how.log = folder.path() / "driver.log";
    how.reuse = reuse;
    how.line_limit = limit;
    return std::make_unique<stdio_driver>(world, std::move(how));
  }

  template <typename Result>
  Result wait(awaitable<Result> work) {
    auto done = boost::asio::co_spawn(context, std::move(work), boost::asio::use_future);
    context.restart();
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (done.wait_for(0s) != std::future_status::ready &&
           std::chrono::steady_clock::now() < deadline)
      context.run_one_for(1s);
    if (done.wait_for(0s) == std::future_status::ready) return done.get();
    throw std::runtime_error("hung");
  }
  void wait_stop(client_driver& one) {
    auto done = boost::asio::co_spawn(context, one.stop(), boost::asio::use_future);
    context.restart();
    context.run_for(10s);
    ASSERT_EQ(done.wait_for(0s), std::future_status::ready);
    done.get();
  }

  void attach(client_driver& to, const std::string& session) {
    to.attach(session, [this, session](const json& event) { heard[session].push_back(event); });
  }
  driver_answer ask(client_driver& one, json what, duration within = 10s) {
    return wait(one.command(std::move(what), world.time().now() + within));
  }
  driver_answer end(client_driver& one, const std::string& session) {
    return wait(one.end(session, world.time().now() + 10s));
  }

  std::string logged() const {
    std::ifstream in(folder.path() / "driver.log");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  const scenario::temporary_folder folder;
  boost::asio::io_context context;
  transport::tcp_runtime world{context, 1};
  std::map<std::string, std::vector<json>> heard;
};

json connect_in(const std::string& session) {
  return {{"session", session}, {"do", "ws.connect"}, {"to", "ws://127.0.0.1:1/"}};
}

TEST_F(driver, takes_commands_and_tells_events_of_the_session) {
  const auto one = speaking(shell(
      R"(*ws.connect*) echo '{"session":"s2","event":"app.open","protocol":"a","odd":1,"extensions":7}';;
         *ws.send*) echo '{"session":"s9","event":"app.error"}';;)"));
  ASSERT_EQ(wait(one->start()), "");
  attach(*one, "s1");
  attach(*one, "s2");
  EXPECT_EQ(ask(*one, connect_in("s1")).is, outcome::taken);
  EXPECT_EQ(ask(*one, {{"session", "s2"}, {"do", "ws.send"}, {"text", "a\nb"}}).is, outcome::taken);
  EXPECT_TRUE(heard["s1"].empty());
  const json open = {{"event", "app.open"}, {"protocol", "a"}};
  EXPECT_EQ(heard["s2"], std::vector<json>{open}) << "what is not known is left out";
  EXPECT_EQ(end(*one, "s1").is, outcome::taken);
  EXPECT_FALSE(one->ended());
  EXPECT_TRUE(one->observes());
  wait_stop(*one);
}

TEST_F(driver, says_what_it_cannot_and_what_it_will_not) {
  const auto one = speaking(
      "read -r a; echo '{\"id\":1,\"ok\":false,\"error\":\"no \\u0007 "
      "SSE\",\"unsupported\":true}'\n"
      "read -r a; echo '{\"id\":2,\"ok\":false,\"error\":\"nothing open\"}'\nread -r a\n");
  ASSERT_EQ(wait(one->start()), "");
  attach(*one, "s");
  const auto cannot = ask(*one, connect_in("s"));
  EXPECT_EQ(cannot.is, outcome::unsupported);
  EXPECT_EQ(cannot.text, "no \\x07 SSE");
  const auto will_not = ask(*one, connect_in("s"));
  EXPECT_EQ(will_not.is, outcome::refused);
  EXPECT_EQ(will_not.text, "nothing open");
  wait_stop(*one);
}

TEST_F(driver, that_exits_is_told_and_started_again_for_the_next_session) {
  const auto one = speaking(shell("*ws.connect*s1*) exit 3;;"));
  ASSERT_EQ(wait(one->start()), "");
  attach(*one, "s1");
  const auto answer = ask(*one, connect_in("s1"));
  EXPECT_EQ(answer.is, outcome::gone);
  EXPECT_EQ(answer.text, "the driver exited with code 3");
  ASSERT_EQ(heard["s1"].size(), 1U);
  EXPECT_EQ(heard["s1"][0]["event"], "driver.gone");
  EXPECT_FALSE(one->ended()) << "a driver that exits is no crash of the client";
  attach(*one, "s2");
  EXPECT_EQ(ask(*one, connect_in("s2")).is, outcome::taken);
  wait_stop(*one);
}

TEST_F(driver, that_a_signal_ends_has_crashed) {
  const auto one = speaking(shell("*end*) kill -SEGV $$;;"));
  ASSERT_EQ(wait(one->start()), "");
  attach(*one, "s");
  EXPECT_EQ(ask(*one, connect_in("s")).is, outcome::taken);
  EXPECT_EQ(end(*one, "s").is, outcome::gone);
  ASSERT_TRUE(one->ended());
  EXPECT_EQ(one->ended()->signal, SIGSEGV);
  wait_stop(*one);
}

TEST_F(driver, whose_lines_mean_nothing_is_listened_to_further) {
  const auto one =
      speaking(shell("*ws.connect*) echo 'hello'; echo '[1]'; echo '{\"id\":99,\"ok\":true}'; "
                     "printf '\\377\\n';;"));
  ASSERT_EQ(wait(one->start()), "");
  attach(*one, "s");
  EXPECT_EQ(ask(*one, connect_in("s")).is, outcome::taken);
  EXPECT_TRUE(heard["s"].empty());
  EXPECT_EQ(logged(),
            "not understood: hello\nnot understood: [1]\n"
            "not understood: {\"id\":99,\"ok\":true}\nnot understood: \377\n");
  wait_stop(*one);
}

TEST_F(driver, that_says_nothing_is_ended) {
  const auto one = speaking("echo $$ >> pids; cat > /dev/null");
  ASSERT_EQ(wait(one->start()), "");
  attach(*one, "s");
  const auto answer = ask(*one, connect_in("s"), 50ms);
  EXPECT_EQ(answer.is, outcome::gone);
  EXPECT_EQ(answer.text, "the driver did not answer 'ws.connect' in time");
  EXPECT_EQ(ask(*one, connect_in("s")).is, outcome::gone) << "it is over for this session";
  EXPECT_FALSE(one->ended()) << "we ended it";
  wait_stop(*one);
}

TEST_F(driver, with_a_line_without_end_is_ended) {
  const auto one =
      speaking("read -r a; while :; do printf aaaaaaaaaaaaaaaaaaaaaaaaa; done", true, 5000);
  ASSERT_EQ(wait(one->start()), "");
  attach(*one, "s");
  const auto answer = ask(*one, connect_in("s"));
  EXPECT_EQ(answer.is, outcome::gone);
  EXPECT_EQ(answer.text, "the driver wrote a line of more than 5000 octets");
  wait_stop(*one);
}

TEST_F(driver, has_one_process_a_session_where_it_is_not_reused) {
  const auto one = speaking(
      R"(read -r a; s=${a#*'"session":"'}; s=${s%%'"'*}
         printf '{"session":"%s","event":"app.error","text":"%s"}\n' "$s" $$
         echo '{"id":1,"ok":true}'; cat >&2)",
      false);
  ASSERT_EQ(wait(one->start()), "");
  for (const auto* session : {"s1", "s2"}) {
    attach(*one, session);
    json what = {{"session", session}, {"do", "close"}};
    EXPECT_EQ(ask(*one, what).is, outcome::taken);
  }
  ASSERT_EQ(heard["s1"].size(), 1U);
  ASSERT_EQ(heard["s2"].size(), 1U);
  EXPECT_NE(heard["s1"][0]["text"], heard["s2"][0]["text"]);
  one->detach("s1");
  wait_stop(*one);
  EXPECT_NE(logged().find("\"do\":\"end\""), std::string::npos)
      << "it was told, and its input ended";
}

TEST_F(driver, that_is_not_there_is_absent) {
  driver_program how;
  how.command = {"no-such-program-here"};
  stdio_driver one(world, how);
  EXPECT_NE(wait(one.start()), "");
  EXPECT_EQ(one.absent(), "no-such-program-here");
  exec_driver other(how);
  EXPECT_NE(wait(other.start()), "");
  EXPECT_EQ(other.absent(), "no-such-program-here");
}

class program_per_command : public driver {
protected:
  program_per_command() {
    ::mkfifo((folder.path() / "told").c_str(), 0600);
    driver_program how;
    how.command = {"/bin/sh", "-c", "echo \"$0 $1\" > told; exec sleep 60", "${to}", "${method}"};
    how.directory = folder.path();
    how.log = folder.path() / "driver.log";
    one = std::make_unique<exec_driver>(std::move(how));
    EXPECT_EQ(wait(one->start()), "");
    attach(*one, "s");
  }

  std::unique_ptr<exec_driver> one;
};

TEST_F(program_per_command, gets_what_the_command_says) {
  EXPECT_FALSE(one->observes());
  EXPECT_EQ(ask(*one, {{"session", "s"}, {"do", "http.request"}, {"to", "http://a/${b}"}}).is,
            outcome::taken);
  std::ifstream told(folder.path() / "told");  // which waits for the program
  std::string line;
  std::getline(told, line);
  EXPECT_EQ(line, "http://a/${b} GET");
  EXPECT_EQ(ask(*one, {{"session", "s"}, {"do", "close"}}).is, outcome::taken);
  EXPECT_EQ(end(*one, "s").is, outcome::taken);
}

TEST_F(program_per_command, does_not_run_for_what_it_is_not_told) {
  for (json what :
       {json{{"do", "http.request"}, {"to", "a"}, {"body", "b"}},
        json{{"do", "ws.connect"}, {"to", "a"}, {"echo", true}},
        json{{"do", "ws.connect"}, {"to", "a"}, {"protocols", {"a"}}},
        json{{"do", "ws.send"}, {"text", "a"}}, json{{"do", "close"}, {"code", 1000}}}) {
    what["session"] = "s";
    EXPECT_EQ(ask(*one, what).is, outcome::unsupported) << what;
  }
}

}  // namespace
}  // namespace halley::engine
