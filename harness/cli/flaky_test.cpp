// --retries, --repeat and --allow-flaky against a target that does now this, now that.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cstddef>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

using nlohmann::json;

/// Closes each connection whose letter is 'c', keeps those of 'k' open; the last letter goes on.
class moody_server {
public:
  explicit moody_server(std::string moods)
      : moods_(std::move(moods)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const bool listening = bind(socket_, generic, size) == 0 && listen(socket_, 16) == 0 &&
                           getsockname(socket_, generic, &size) == 0;
    EXPECT_TRUE(listening);
    port_ = ntohs(address.sin_port);
    serving_ = std::thread([this] { serve(); });
  }
  ~moody_server() {
    shutdown(socket_, SHUT_RDWR);  // accept() returns
    serving_.join();
    for (const int one : kept_)
      close(one);
    close(socket_);
  }
  moody_server(const moody_server&) = delete;
  moody_server& operator=(const moody_server&) = delete;

  std::string url() const { return "ws.echo=ws://127.0.0.1:" + std::to_string(port_) + "/"; }
  std::size_t met() const { return met_; }

private:
  void serve() {
    for (;;) {
      const int one = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (one < 0) return;
      const auto mood = moods_[std::min(met_.load(), moods_.size() - 1)];
      ++met_;
      if (mood == 'c') {
        close(one);
      } else {
        kept_.push_back(one);
      }
    }
  }

  std::string moods_;
  int socket_;
  int port_ = 0;
  std::atomic<std::size_t> met_ = 0;
  std::vector<int> kept_;
  std::thread serving_;
};

/// Passes where the server closes the connection.
ending play(workplace& here, const moody_server& server, std::vector<std::string> more) {
  write_text(here / "x.scenario.yaml",
             scenario_text("ws/x/closes", "within: 800ms, event: {tcp.fin: {}}"));
  std::vector<std::string> words = {"run", "x.scenario.yaml", "--url", server.url(), "--out", "o"};
  words.insert(words.end(), more.begin(), more.end());
  return here.run(words);
}

TEST(flaky, what_passes_on_a_later_attempt_is_flaky_and_counts) {
  workplace here;
  const moody_server server("kc");
  const auto end = play(here, server, {"--retries", "2"});
  EXPECT_EQ(end.code, 1) << end.out;
  EXPECT_NE(end.out.find("FLAKY ws/x/closes"), std::string::npos) << end.out;
  EXPECT_EQ(last_line(end.out), "0 passed, 1 failed, 0 skipped");
  EXPECT_EQ(server.met(), 2U) << "no more attempts than it needs";
  const auto report = here.json_file("o/run.json");
  EXPECT_EQ(report["run"]["exit"], 1);
  ASSERT_EQ(report["results"].size(), 2U);
  EXPECT_EQ(report["results"][0]["verdict"], "fail");
  EXPECT_EQ(report["results"][0]["superseded"], true);
  EXPECT_EQ(report["results"][1]["verdict"], "pass");
  EXPECT_EQ(report["results"][1]["status"], "flaky");
}

TEST(flaky, it_is_no_finding_where_that_is_allowed) {
  workplace here;
  const moody_server server("kc");
  const auto end = play(here, server, {"--retries", "1", "--allow-flaky"});
  EXPECT_EQ(end.code, 0) << end.out;
  EXPECT_EQ(last_line(end.out), "1 passed, 0 failed, 0 skipped");
}

TEST(flaky, what_fails_every_time_has_failed) {
  workplace here;
  const moody_server server("k");
  const auto end = play(here, server, {"--retries", "1", "--allow-flaky"});
  EXPECT_EQ(end.code, 1) << end.out;
  EXPECT_EQ(server.met(), 2U);
  EXPECT_EQ(here.json_file("o/run.json")["results"][1]["status"], nullptr);
}

TEST(flaky, what_is_known_to_fail_is_not_tried_again) {
  workplace here;
  write_text(here / "b.yaml",
             "baseline: 1\nentries:\n  - {match: ws/x/closes, expect: fail, reason: r}\n");
  const moody_server server("k");
  EXPECT_EQ(play(here, server, {"--retries", "3", "--baseline", "b.yaml"}).code, 0);
  EXPECT_EQ(server.met(), 1U);
}

TEST(flaky, repeated_instances_that_differ_are_flaky_whatever_came_last) {
  for (const auto* const moods : {"ckc", "cck"}) {
    workplace here;
    const moody_server server(moods);
    const auto end = play(here, server, {"--repeat", "3"});
    EXPECT_EQ(end.code, 1) << end.out;
    EXPECT_EQ(server.met(), 3U);
    EXPECT_EQ(here.json_file("o/run.json")["results"][2]["status"], "flaky") << moods;
  }
  workplace here;
  const moody_server server("c");
  EXPECT_EQ(play(here, server, {"--repeat", "3"}).code, 0);
  EXPECT_EQ(here.json_file("o/run.json")["results"][2]["status"], nullptr);
}

}  // namespace
}  // namespace halley::cli
