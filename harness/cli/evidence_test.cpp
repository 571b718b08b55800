// The evidence of a run holds together: what the capture shows is what the event log says, and
// other people's tools understand it.
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "capture/pcapng_reader.hpp"
#include "capture/reassembly.hpp"
#include "cli/program_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

/// What one connection carried, as the log has it.
struct logged_connection {
  bool halley_is_client = true;
  octets sent;
  octets received;
};

/// One time that an instance was played, as the log has it.
struct logged_attempt {
  std::string instance;
  std::vector<std::string> names;  ///< of its connections, as they were opened
  std::map<std::string, logged_connection> connections;
};

/// The attempts in the order of their ends, which is that of the interfaces of the capture.
std::vector<logged_attempt> attempts_in(const std::vector<nlohmann::json>& events) {
  std::map<std::string, logged_attempt> playing;
  std::vector<logged_attempt> ended;
  for (const auto& one : events) {
    const std::string name = one["ev"];
    if (!one.contains("instance")) continue;
    const std::string instance = one["instance"];
    auto& attempt = playing[instance];
    if (name == "instance.start") attempt = {instance, {}, {}};
    if (name == "conn.open") {
      attempt.names.push_back(one["conn"]);
      attempt.connections[one["conn"]].halley_is_client = one["role"] == "client";
    }
    if (name == "wire.out" || name == "wire.in") {
      auto& connection = attempt.connections[one["conn"]];
      const auto data = from_hex(one["hex"].get<std::string>());
      EXPECT_TRUE(data && data->size() == one["len"]) << one;
      (name == "wire.out" ? connection.sent : connection.received) += data.value_or("");
    }
    if (name == "instance.end" && !attempt.names.empty()) ended.push_back(std::move(attempt));
  }
  return ended;
}

void expect_same(const logged_attempt& logged, const std::vector<const capture::flow*>& flows) {
  ASSERT_EQ(logged.names.size(), flows.size()) << logged.instance;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const auto& connection = logged.connections.at(logged.names[i]);
    const auto& flow = *flows[i];
    EXPECT_EQ(flow.halley_is_client, connection.halley_is_client) << logged.instance;
    const bool client = connection.halley_is_client;
    // Not EXPECT_EQ: it would print megabytes.
    EXPECT_TRUE((client ? flow.from_client : flow.from_server).data == connection.sent)
        << logged.instance << ' ' << logged.names[i] << " out";
    EXPECT_TRUE((client ? flow.from_server : flow.from_client).data == connection.received)
        << logged.instance << ' ' << logged.names[i] << " in";
    EXPECT_FALSE(flow.from_client.hole || flow.from_server.hole) << logged.instance;
  }
}

TEST(evidence, the_capture_holds_the_octets_of_the_log_for_every_connection) {
  workplace here;
  const std::string several =
      "ws/echo/s* & !ws/echo/sizes[*MiB*] | ws/frame/r* | comet/log/c* | connect/tunnel/e* | "
      "connect/tunnel/o* | http/host/**";
  const auto end = here.run({"run", "--filter", several, "--strength", "quick", "--out", "o"});
  EXPECT_NE(end.code, 2) << end.out << end.err;
  const auto content = capture::read_pcapng(here / "o/trace.pcapng");
  EXPECT_EQ(content.problem, "");
  EXPECT_FALSE(content.truncated);
  const auto streams = capture::reassemble(content.packets);
  EXPECT_EQ(streams.not_tcp, 0U);
  EXPECT_EQ(streams.bad_checksums, 0U);
  std::map<std::size_t, std::vector<const capture::flow*>> flows;
  for (const auto& one : streams.flows)
    flows[one.interface].push_back(&one);
  // An instance without a connection may have an interface, but has no packets.
  const auto attempts = attempts_in(here.events("o/events.jsonl"));
  EXPECT_GT(attempts.size(), 50U);
  ASSERT_EQ(attempts.size(), flows.size());
  auto at = flows.begin();
  for (const auto& one : attempts) {
    EXPECT_EQ(content.interfaces.at(at->first), one.instance);
    expect_same(one, (at++)->second);
  }
}

/// Holds live.pcapng in o/ to the log beside it.
void expect_live_capture_of(workplace& here) {
  const auto content = capture::read_pcapng(here / "o/live.pcapng");
  EXPECT_EQ(content.problem, "");
  const auto streams = capture::reassemble(content.packets);
  std::map<std::string, std::vector<const capture::flow*>> flows;
  for (const auto& one : streams.flows)
    flows[content.interfaces.at(one.interface)].push_back(&one);
  const auto attempts = attempts_in(here.events("o/events.jsonl"));
  EXPECT_GT(attempts.size(), 10U);
  ASSERT_EQ(attempts.size(), flows.size());
  for (const auto& one : attempts) {
    ASSERT_EQ(one.names.size(), flows[one.instance].size()) << one.instance;
    const auto& connection = one.connections.at(one.names.front());
    const auto& flow = *flows[one.instance].front();
    EXPECT_TRUE(flow.halley_is_client == connection.halley_is_client) << one.instance;
    EXPECT_TRUE(flow.from_client.data == connection.sent) << one.instance;
    EXPECT_TRUE(flow.from_server.data.starts_with(connection.received)) << one.instance;
  }
}

/// Runs `words` without the privilege to capture, which only root has.
ending run_unprivileged(workplace& here, std::vector<std::string> words) {
  if (::geteuid() == 0)
    words.insert(words.begin(),
                 {"/usr/bin/setpriv", "--inh-caps=-net_raw", "--bounding-set=-net_raw"});
  process running(std::move(words), here / "", 100);
  return running.wait();
}

/// Whether the kernel lets everybody have a network of one's own.
bool networks_are_free(workplace& here) {
  return run_unprivileged(here, {"/usr/bin/unshare", "-Urn", "/bin/true"}).code == 0;
}

const std::vector<std::string> some_scenarios = {"ws/echo/short", "http/host/**",
                                                 "chunked/decode/leading-zeros"};

std::vector<std::string> run_of_some(const std::string& capture) {
  std::vector<std::string> words = {HALLEY_PROGRAM, "run",   "--strength", "quick",
                                    "--capture",    capture, "--out",      "o"};
  words.insert(words.end(), some_scenarios.begin(), some_scenarios.end());
  return words;
}

TEST(evidence, a_live_capture_holds_what_the_log_says) {
  workplace here;
  auto words = run_of_some("auto");
  words.erase(words.begin());
  const auto end = here.run(words);
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  const bool captured = end.err.find("no live capture") == std::string::npos;
  EXPECT_EQ(captured, ::geteuid() == 0 || networks_are_free(here)) << end.err;
  if (captured) expect_live_capture_of(here);
}

TEST(evidence, a_run_without_privileges_captures_in_a_network_of_its_own) {
  workplace here;
  const bool free = networks_are_free(here);
  const auto end = run_unprivileged(here, run_of_some("live"));
  if (!free) {
    // Where that is not allowed, demanding it has to fail, and say what it takes.
    EXPECT_EQ(end.code, 3) << end.out << end.err;
    EXPECT_NE(end.err.find("CAP_NET_RAW"), std::string::npos) << end.err;
    return;
  }
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  EXPECT_NE(end.err.find("capturing in a network of this run's own"), std::string::npos) << end.err;
  expect_live_capture_of(here);
}

TEST(evidence, a_target_that_is_started_is_in_that_network_too) {
  workplace here;
  if (!networks_are_free(here)) return;  // what is said then is seen above
  write_text(here / "mine.profile.yaml",
             "profile: 1\nname: mine\nlaunch:\n  command: [\"" HALLEY_PROGRAM
             "\", serve, --listen, \"127.0.0.1:${port}\"]\n"
             "  ready: {tcp: \"127.0.0.1:${port}\", within: 30s}\n"
             "endpoints: {ws.echo: \"ws://127.0.0.1:${port}/echo\"}\n"
             "capabilities: {ws.server: yes}\n");
  const auto end = run_unprivileged(here, {HALLEY_PROGRAM, "run", "ws/echo/short", "--capture",
                                           "live", "--target", "mine.profile.yaml", "--out", "o"});
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  const auto content = capture::read_pcapng(here / "o/live.pcapng");
  EXPECT_EQ(content.problem, "");
  EXPECT_FALSE(content.packets.empty());
}

TEST(evidence, a_target_that_runs_already_is_left_in_its_network) {
  workplace here;
  const silent_server target;
  const auto end = run_unprivileged(
      here, {HALLEY_PROGRAM, "run", "ws/echo/short", "--strength", "quick", "--capture", "auto",
             "--url", "ws.echo=ws://" + target.where() + "/", "--time-scale", "0.1", "--out", "o"});
  EXPECT_NE(end.err.find("no live capture: capturing needs CAP_NET_RAW"), std::string::npos)
      << end.err;
  EXPECT_FALSE(std::filesystem::exists(here / "o/live.pcapng"));
  const auto log = text_of(here / "o/events.jsonl");
  EXPECT_NE(log.find("\"conn.open\""), std::string::npos) << "it was reached all the same";
}

TEST(evidence, a_simulation_has_no_packets_to_capture) {
  workplace here;
  const auto end = here.run({"run", "--sim", "ws/echo/short", "--capture", "live", "--out", "o"});
  EXPECT_EQ(end.code, 2) << end.out << end.err;
}

constexpr const char* tshark = "/usr/bin/tshark";

/// The lines that tshark prints with the given words.
std::vector<std::string> dissect(workplace& here, std::vector<std::string> words) {
  words.insert(words.begin(), {tshark, "-n", "-r", (here / "o/trace.pcapng").string()});
  process running(words, here / "", 100);
  const auto end = running.wait();
  EXPECT_EQ(end.code, 0) << end.err;
  std::vector<std::string> lines;
  std::istringstream in(end.out);
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

TEST(evidence, tshark_understands_the_capture_of_well_formed_traffic) {
  ASSERT_TRUE(std::filesystem::exists(tshark)) << "run ci/install";
  workplace here;
  // Whole, because tshark calls a chunked body malformed that comes octet by octet.
  const auto end =
      here.run({"run", "ws/echo/short", "ws/echo/lengths", "chunked/decode/leading-zeros",
                "--strength", "quick", "--segmentation", "whole", "--out", "o"});
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  const auto malformed = dissect(
      here, {"-o", "tcp.check_checksum:TRUE", "-Y", "_ws.malformed || tcp.checksum.status == 0"});
  EXPECT_TRUE(malformed.empty()) << malformed.front();
  EXPECT_GE(dissect(here, {"-Y", "websocket.opcode == 1"}).size(), 2U);
  EXPECT_GE(dissect(here, {"-Y", "http.response.code == 101"}).size(), 2U);
  EXPECT_GE(dissect(here, {"-Y", "http.chunk_size"}).size(), 2U);
  const auto echoes = dissect(here, {"-Y", R"(frame.interface_name == "ws/echo/short[type=text]")",
                                     "-T", "fields", "-e", "tcp.dstport", "-e", "tcp.srcport"});
  ASSERT_FALSE(echoes.empty());
  EXPECT_TRUE(echoes.front().starts_with("80\t")) << "a port that dissectors take for HTTP";
}

}  // namespace
}  // namespace halley::cli
