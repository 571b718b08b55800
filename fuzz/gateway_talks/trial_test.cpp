// The gateway as it is keeps to everything; one that does not is found out.
#include "fuzz/gateway_talks/trial.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "fuzz/gateway_talks/script.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace std::chrono_literals;

deed says(octets data, std::size_t segment = 0) {
  return {deed::kind::write, std::move(data), segment};
}

deed waits(duration length) {
  return {.what = deed::kind::await, .data = {}, .length = length};
}

octets request(const std::string& line, const std::string& fields = {}) {
  return line + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

const octets upgrade = request("GET /echo",
                               "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                               "Sec-WebSocket-Version: 13\r\n");
const octets masked_hi("\x81\x82\0\0\0\0hi", 8);

gateway_script alone(std::vector<deed> deeds, leave how) {
  gateway_script result;
  result.clients.push_back({{}, std::move(deeds), how});
  return result;
}

/// Scripts with everything that a gateway does for its clients.
std::vector<gateway_script> talks() {
  std::vector<gateway_script> result;
  const octets chunks = "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n";
  for (const leave how : {leave::when_left, leave::half_close, leave::close, leave::reset}) {
    result.push_back(alone({says(request("GET /http-echo"), 1), waits(1s)}, how));
    result.push_back(alone({says(upgrade), waits(1s), says(masked_hi, 1), waits(1s)}, how));
    result.push_back(alone({says(request("POST /comet?key=k", "Transfer-Encoding: chunked\r\n")),
                            waits(1s), says(chunks, 2), waits(1s)},
                           how));
    result.push_back(alone({says(request("GET /comet?key=k&timeout=100")), waits(1s)}, how));
    result.push_back(alone({says(request("GET /comet-handler?key=k&close=700")), waits(6s)}, how));
    auto two = alone({says(request("GET /sse/k?heartbeat=200")), waits(1s), waits(6s)}, how);
    two.clients.push_back({100ms, {says(request("POST /publish/k?count=3")), waits(1s)}, how});
    result.push_back(std::move(two));
    auto led = alone({says(request("CONNECT 127.0.0.1:8081") + "early"), waits(1s)}, how);
    led.origins.push_back({{}, {waits(1s), says("late")}, how});
    result.push_back(std::move(led));
  }
  return result;
}

/// What does not hold of a gateway with these deviations.
std::string wrong_with(const std::set<std::string>& mutants) {
  std::string result;
  for (const gateway_script& one : talks())
    result += try_gateway(one, mutants);
  return result;
}

TEST(gateway_trial, finds_nothing_wrong_with_the_gateway_as_it_is) {
  for (const gateway_script& one : talks())
    EXPECT_EQ(try_gateway(one, {}), "") << to_text(one);
}

TEST(gateway_trial, sees_a_rule_of_the_wire_that_is_broken) {
  EXPECT_NE(wrong_with({"wrong-accept-key"}).find("violation rfc6455/"), std::string::npos);
}

TEST(gateway_trial, sees_a_connection_that_does_not_end) {
  // Either alone ends when it is given up, or when its client goes.
  const auto wrong = wrong_with({"leaks-close-wait", "idle-timeout-never"});
  EXPECT_NE(wrong.find("connections do not end"), std::string::npos);
}

TEST(gateway_trial, sees_a_comet_stream_that_ends_twice) {
  EXPECT_NE(wrong_with({"comet-double-terminal"}).find("Comet: END"), std::string::npos);
}

TEST(gateway_trial, sees_a_comet_stream_without_a_terminal_event) {
  EXPECT_NE(wrong_with({"comet-own-end-unsaid"}).find("no terminal event"), std::string::npos);
}

TEST(gateway_trial, ends_though_the_origin_and_the_clients_say_nothing) {
  gateway_script silent;
  silent.clients.resize(3);
  silent.origins.resize(2);
  EXPECT_EQ(try_gateway(silent, {}), "");
}

}  // namespace
}  // namespace halley::fuzz
