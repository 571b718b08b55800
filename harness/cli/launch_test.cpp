// Targets that the program starts, and the gateway that it serves.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

/// A profile that starts `command`, a YAML list; the rest is that of the gateway.
std::string profile_text(const std::string& command, const std::string& ready) {
  return "profile: 1\nname: mine\nlaunch:\n  command: " + command + "\n  ready: {" + ready +
         ", within: 30s}\n  stop: {signal: TERM, within: 30s}\nendpoints:\n"
         "  ws.echo: ws://127.0.0.1:${port}/echo\n  http.root: http://127.0.0.1:${port}/\n"
         "capabilities: {ws.server: yes}\n";
}

TEST(launch, a_target_is_started_judged_and_stopped) {
  workplace here;
  write_text(here / "mine.profile.yaml",
             profile_text("[/bin/sh, -c, 'echo $$ > pid; exec \"$0\" \"$@\"', \"" HALLEY_PROGRAM
                          "\", serve, --listen, \"127.0.0.1:${port}\"]",
                          "tcp: \"127.0.0.1:${port}\""));
  const auto end = here.run(
      {"run", "ws/echo/short", "http/root/get", "--target", "mine.profile.yaml", "--out", "o"});
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  EXPECT_EQ(last_line(end.out), "3 passed, 0 failed, 0 skipped");
  EXPECT_NE(text_of(here / "o/targets/mine/target.log").find("halley gateway on"),
            std::string::npos);
  const auto pid = text_of(here / "o/targets/mine/pid");
  ASSERT_NE(pid, "");
  EXPECT_EQ(::kill(std::stoi(pid), 0), -1);
  EXPECT_EQ(errno, ESRCH) << "the target is gone";
}

TEST(launch, a_target_that_is_not_installed_is_skipped) {
  const std::vector<std::string> profiles = {
      profile_text("[/no/such/program]", "tcp: \"127.0.0.1:${port}\""),
      profile_text("[/bin/sh]\n  requires-program: no-such-program", "line: x"),
  };
  for (const auto& profile : profiles) {
    workplace here;
    write_text(here / "mine.profile.yaml", profile);
    const auto end = here.run(
        {"run", "ws/echo/short", "http/root/get", "--target", "mine.profile.yaml", "--out", "o"});
    EXPECT_EQ(end.code, 4) << end.out << end.err;
    EXPECT_EQ(last_line(end.out), "0 passed, 0 failed, 3 skipped");
    const auto results = here.json_file("o/run.json")["results"];
    for (const auto& one : results)
      EXPECT_EQ(one["skip"]["reason"], "unsupported-here") << one;
  }
}

TEST(launch, a_target_that_does_not_start_is_an_error_of_the_infrastructure) {
  const std::vector<std::string> profiles = {
      profile_text("[/bin/sh, -c, \"echo cannot bind; exit 7\"]", "line: never"),
  };
  for (const auto& profile : profiles) {
    workplace here;
    write_text(here / "mine.profile.yaml", profile);
    const auto end =
        here.run({"run", "http/root/get", "--target", "mine.profile.yaml", "--out", "o"});
    EXPECT_EQ(end.code, 3) << end.out << end.err;
    EXPECT_NE(end.err.find("exited with code 7"), std::string::npos) << end.err;
    EXPECT_NE(end.err.find("cannot bind"), std::string::npos) << end.err;
    const auto results = here.json_file("o/run.json")["results"];
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0]["error"]["cause"], "target-start");
  }
}

constexpr const char* dies_on_connect = R"(
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
server.accept()
sys.exit(3)
)";

TEST(launch, a_target_that_dies_of_a_connection_ends_no_run) {
  constexpr const char* python = "/usr/bin/python3";
  ASSERT_TRUE(std::filesystem::exists(python)) << "ci/install installs python3";
  workplace here;
  write_text(here / "server.py", dies_on_connect);
  write_text(here / "mine.profile.yaml",
             profile_text("[" + std::string(python) + ", \"${profile}/server.py\", \"${port}\"]",
                          "line: ready"));
  const auto end = here.run({"run", "http/root/get", "http/head/no-content", "--target",
                             "mine.profile.yaml", "--out", "o"});
  EXPECT_TRUE(end.code == 1 || end.code == 3) << end.code << end.out << end.err;
  const auto report = here.json_file("o/run.json");
  EXPECT_EQ(report["run"]["complete"], true);
  std::size_t blamed = 0;
  for (const auto& one : report["results"]) {
    if (one["superseded"] == true || one["verdict"] == "skip") continue;
    // Where the FIN is seen before the process has ended, the close itself is the finding.
    const bool crashed = one["verdict"] == "fail";
    const bool died = one["verdict"] == "error" && one["error"]["cause"] == "target-died";
    EXPECT_TRUE(crashed || died) << one;
    ++blamed;
  }
  EXPECT_GE(blamed, 1U);
}

TEST(serve, answers_where_it_says_and_ends_when_told) {
  for (const int signal : {SIGTERM, SIGINT}) {
    workplace here;
    const auto server = here.start({"serve", "--listen", "127.0.0.1:0"});
    const std::string greeting = "halley gateway on ";
    comes_to_hold(server->out(), "\n");
    const auto said = last_line(text_of(server->out()));
    ASSERT_TRUE(said.starts_with(greeting)) << said;
    const auto where = said.substr(greeting.size());
    const auto end =
        here.run({"run", "ws/echo/short", "http/root/get", "--out", "o", "--url",
                  "ws.echo=ws://" + where + "/echo", "--url", "http.root=http://" + where + "/"});
    EXPECT_EQ(end.code, 0) << end.out << end.err;
    EXPECT_EQ(last_line(end.out), "3 passed, 0 failed, 0 skipped");
    server->kill(signal);
    EXPECT_EQ(server->wait().code, 0);
  }
}

TEST(serve, a_port_that_is_taken_is_an_error) {
  workplace here;
  const silent_server other;
  const auto end = here.run({"serve", "--listen", other.where()});
  EXPECT_EQ(end.code, 3);
  EXPECT_NE(end.err.find(other.where() + ": "), std::string::npos) << end.err;
  EXPECT_EQ(here.run({"serve", "--listen", "nowhere"}).code, 2);
  EXPECT_EQ(here.run({"serve", "--mutant", "no-such-mutant"}).code, 2);
}

TEST(serve, its_profile_is_a_good_one) {
  workplace here;
  const auto printed = here.run({"serve", "--print-profile", "--listen", "127.0.0.1:8080"});
  EXPECT_EQ(printed.code, 0);
  write_text(here / "served.profile.yaml", printed.out);
  const auto end = here.run({"check", "served.profile.yaml"});
  EXPECT_EQ(end.code, 0) << end.err;
}

TEST(serve, its_mutants_are_the_listed_ones_that_are_not_the_clients) {
  workplace here;
  const auto served = here.run({"serve", "--list-mutants"});
  EXPECT_EQ(served.code, 0);
  EXPECT_NE(served.out.find("any-version  "), std::string::npos);
  std::istringstream listed(here.run({"list", "mutants"}).out);
  std::string gateways;
  bool clients = false;
  for (std::string line; std::getline(listed, line);) {
    const bool client = line.starts_with("client-");
    clients = clients || client;
    if (!client) gateways += line.substr(0, line.find(' ')) + "\n";
  }
  EXPECT_TRUE(clients);
  std::istringstream named(served.out);
  std::string served_names;
  for (std::string line; std::getline(named, line);)
    served_names += line.substr(0, line.find(' ')) + "\n";
  EXPECT_EQ(served_names, gateways);
}

}  // namespace
}  // namespace halley::cli
