#include "scenario/profile.hpp"

#include "scenario/load.hpp"
#include "scenario/scenario_test_support.hpp"
#include "scenario/value.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

namespace halley::scenario {
namespace {

using namespace std::chrono_literals;

profile read(const std::string& text) {
  std::vector<problem> problems;
  auto result = load_profile("folder/p.yaml", text, problems);
  EXPECT_EQ(said(problems), "");
  return result;
}

TEST(profile, everything_a_profile_may_say_is_read) {
  const auto got = read(R"(
profile: 1
name: gate
version: {command: [gate, --version]}
launch:
  command: [gate, --port, "${port}", --level, 3]
  env: {LEVEL: 3}
  files: {conf/gate.conf: "listen ${port}"}
  ready: {http: {url: "http://127.0.0.1:${port}/", status: 200}, within: 3s}
  stop: {signal: QUIT, within: 500ms}
  restart: never
  requires-program: gate
beside:
  - {name: origin, command: [node, origin.js, "${port.origin}"], ready: {line: "^ready"}}
endpoints: {ws.echo: "ws://127.0.0.1:${port}/echo"}
hooks:
  publish: {http: {method: POST, url: "http://127.0.0.1:${port}/", headers: {X-A: b}, body: c}}
capabilities: {ws.server: yes, sse.server: no, http.trailers: probe, proxy.connect: {no: not built}}
roles: [server, proxy]
tls: {ca: ca.pem}
driver: {exec: [curl, -N, "${to}"]}
timing: {within: 1s, quiet: 100ms, slack: 5ms, scale: 2.5}
)");
  EXPECT_EQ(got.name, "gate");
  EXPECT_EQ(got.file, "folder/p.yaml");
  EXPECT_EQ(got.version_command.size(), 2U);
  ASSERT_TRUE(got.start);
  EXPECT_EQ(got.start->command.back(), "3");
  EXPECT_EQ(got.start->env[0].second, "3");
  EXPECT_EQ(got.start->files[0].first, "conf/gate.conf");
  EXPECT_EQ(got.start->ready_status, 200);
  EXPECT_EQ(got.start->ready_within, 3s);
  EXPECT_EQ(got.start->stop_signal, SIGQUIT);
  EXPECT_EQ(got.start->stop_within, 500ms);
  EXPECT_EQ(got.start->restart, "never");
  EXPECT_EQ(got.start->requires_program, "gate");
  ASSERT_EQ(got.beside.size(), 1U);
  EXPECT_EQ(got.beside[0].name, "origin");
  EXPECT_EQ(got.beside[0].ready_line, "^ready");
  EXPECT_EQ(got.endpoints[0].second, "ws://127.0.0.1:${port}/echo");
  EXPECT_EQ(got.hooks[0].second.method, "POST");
  EXPECT_EQ(got.hooks[0].second.headers[0].second, "b");
  ASSERT_EQ(got.capabilities.size(), 4U);
  EXPECT_EQ(got.capabilities[0].second.state, capability_state::yes);
  EXPECT_EQ(got.capabilities[1].second.state, capability_state::no);
  EXPECT_EQ(got.capabilities[2].second.state, capability_state::probe);
  EXPECT_EQ(got.capabilities[3].second.state, capability_state::no);
  EXPECT_EQ(got.capabilities[3].second.reason, "not built");
  EXPECT_EQ(got.roles.size(), 2U);
  EXPECT_EQ(to_text(*got.tls.find("ca")), "ca.pem");
  EXPECT_NE(got.driver.find("exec"), nullptr);
  EXPECT_EQ(got.timing.within, 1s);
  EXPECT_DOUBLE_EQ(got.timing.scale, 2.5);
}

TEST(profile, what_is_not_said_has_a_default) {
  const auto got = read("profile: 1\nname: x\nversion: 1.2.3\nlaunch: {command: [x]}\n");
  EXPECT_EQ(got.version, "1.2.3");
  EXPECT_EQ(got.start->ready_within, 10s);
  EXPECT_EQ(got.start->stop_signal, SIGTERM);
  EXPECT_EQ(got.start->restart, "on-crash");
  EXPECT_EQ(got.roles, std::vector<std::string>{"server"});
  EXPECT_EQ(got.timing.quiet, 300ms);
  EXPECT_TRUE(got.driver.null());
}

TEST(profile, who_has_a_driver_and_no_roles_is_a_client) {
  const std::string driver = "profile: 1\nname: x\ndriver: {command: [x]}\n";
  EXPECT_EQ(read(driver).roles, std::vector<std::string>{"client"});
  EXPECT_EQ(read(driver + "endpoints: {ws.echo: \"ws://127.0.0.1:1/\"}\n").roles,
            (std::vector<std::string>{"server", "client"}));
  EXPECT_EQ(read(driver + "roles: [proxy]\n").roles, std::vector<std::string>{"proxy"});
}

}  // namespace
}  // namespace halley::scenario
