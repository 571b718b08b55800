// Clients that come by themselves, as test scripts for a fuzzing server make them.
#include "cli/program_run.hpp"
#include "cli/script_connection.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A TCP connection that nobody waits on for ever.
class plain_socket {
public:
  explicit plain_socket(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{process::patience.count(), 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }
  ~plain_socket() { close(socket_); }
  plain_socket(const plain_socket&) = delete;
  plain_socket& operator=(const plain_socket&) = delete;

  void say(const std::string& data) const {
    EXPECT_EQ(send(socket_, data.data(), data.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(data.size()));
  }
  /// What comes next; empty at the end.
  std::string hear() const {
    std::string block(4096, '\0');
    const auto got = recv(socket_, block.data(), block.size(), 0);
    block.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return block;
  }

private:
  int socket_;
};

std::string opening(const std::string& target) {
  return "GET " + target +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

/// What one connection of a script came to.
struct visit {
  std::string status;                 ///< "101"
  std::vector<std::string> messages;  ///< each was sent back, where the client echoes
  std::uint16_t code = 0;             ///< of the Close that came
};

/// The client of a test script; its frames can go without a mask.
class script_client {
public:
  script_client(std::uint16_t port, bool masked = true) : port_(port), masked_(masked) {}

  visit open(const std::string& target, bool echo = false) const {
    const plain_socket on(port_);
    on.say(opening(target));
    visit result;
    std::string data;
    std::size_t end = std::string::npos;
    while ((end = data.find("\r\n\r\n")) == std::string::npos) {
      const auto more = on.hear();
      if (more.empty()) return result;
      data += more;
    }
    result.status = data.substr(9, 3);
    data.erase(0, end + 4);
    wire::websocket_decoder decoder(wire::websocket_settings{});
    do {
      std::vector<wire::websocket_item> items;
      decoder.feed(data, items);
      for (auto& one : items)
        take(one, echo, on, result);
      data = on.hear();
    } while (!data.empty());
    return result;
  }

  /// Plays all cases as `agent`. Returns: the behaviours that the server tells.
  std::vector<std::string> play_all(const std::string& agent) const {
    std::vector<std::string> result;
    const auto count = std::stoi(open("/getCaseCount").messages.at(0));
    for (int i = 1; i <= count; ++i) {
      const auto words = "?agent=" + agent + "&case=" + std::to_string(i);
      open("/runCase" + words, true);
      const auto status = open("/getCaseStatus" + words);
      result.push_back(json::parse(status.messages.at(0)).at("behavior"));
    }
    EXPECT_EQ(open("/updateReports?agent=" + agent).code, 1000);
    return result;
  }

private:
  void take(wire::websocket_item& one, bool echo, const plain_socket& on, visit& into) const {
    if (auto* message = std::get_if<wire::websocket_message>(&one.what)) {
      if (echo) on.say(frame(message->type, message->data));
      into.messages.push_back(std::move(message->data));
    } else if (const auto* close = std::get_if<wire::websocket_close>(&one.what)) {
      into.code = close->code.value_or(1005);
      on.say(frame(wire::opcode::close, close->code ? wire::close_body(*close->code, "") : ""));
    }
  }

  std::string frame(wire::opcode code, const std::string& payload) const {
    wire::websocket_frame result;
    result.code = code;
    result.payload = payload;
    if (masked_) result.mask = std::array<std::uint8_t, 4>{1, 2, 3, 4};
    return wire::encode(result);
  }

  std::uint16_t port_;
  bool masked_;
};

/// `halley listen` on a free port, writing to "o".
struct listener {
  explicit listener(const std::vector<std::string>& more) {
    std::vector<std::string> words = {"listen", "127.0.0.1:0", "--out", "o"};
    words.insert(words.end(), more.begin(), more.end());
    running = here.start(words);
    if (!comes_to_hold(running->out(), " cases at ws://")) return;
    const auto line = text_of(running->out());
    const auto at = line.find("ws://127.0.0.1:");
    EXPECT_NE(at, std::string::npos) << line;
    port = static_cast<std::uint16_t>(std::stoi(line.substr(at + 15)));
  }

  ending stop() const {
    running->kill(SIGTERM);
    return running->wait();
  }

  workplace here;
  std::unique_ptr<process> running;
  std::uint16_t port = 0;
};

const std::vector<std::string> all_good(6, "OK");

TEST(listen, a_script_plays_all_cases_and_the_reports_are_those_of_a_run) {
  const listener on({"ws/client/echo", "--agents", "1", "--report", "junit"});
  const script_client client(on.port);
  const auto info = client.open("/getCaseInfo?case=1");
  EXPECT_EQ(info.code, 1000);
  EXPECT_TRUE(
      json::parse(info.messages.at(0)).at("id").get<std::string>().starts_with("ws/client/echo["));
  EXPECT_EQ(client.play_all("mine%2F1"), all_good);

  const auto end = on.running->wait();
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  EXPECT_EQ(last_line(end.out), "6 passed, 0 failed, 0 skipped");
  const auto report = on.here.json_file("o/run.json");
  EXPECT_EQ(report["run"]["complete"], true);
  for (const auto& one : report["results"]) {
    EXPECT_EQ(one["target"], "mine/1");
    EXPECT_EQ(one["reproduce"]["argv"][1], "listen") << one["reproduce"];
  }
  for (const auto* file : {"o/junit.xml", "o/trace.pcapng", "o/events.jsonl"})
    EXPECT_TRUE(fs::exists(on.here / file)) << file;
}

TEST(listen, a_deviation_is_found_and_held_against_the_agent_that_shows_it) {
  const listener on({"ws/client/echo"});
  std::vector<std::string> bad;
  std::vector<std::string> good;
  std::thread other([&] { good = script_client(on.port).play_all("good"); });
  bad = script_client(on.port, false).play_all("bad");
  other.join();
  EXPECT_EQ(good, all_good) << "both play the same cases at the same time";
  EXPECT_EQ(bad, std::vector<std::string>(6, "FAILED"));
  EXPECT_EQ(on.here.json_file("o/run.json")["run"]["complete"], false) << "it was asked for early";

  const auto end = on.stop();
  EXPECT_EQ(end.code, 1) << end.out << end.err;
  EXPECT_EQ(last_line(end.out), "6 passed, 6 failed, 0 skipped");
  const auto report = on.here.json_file("o/run.json");
  for (const auto& one : report["results"])
    EXPECT_EQ(one["verdict"], one["target"] == "good" ? "pass" : "fail");
}

TEST(listen, what_nobody_can_ask_for_is_refused) {
  const listener on({"ws/client/echo"});
  const script_client client(on.port);
  for (const auto* target :
       {"/", "/runCase", "/runCase?case=0", "/runCase?case=7", "/runCase?case=1x",
        "/getCaseInfo?case=7", "/getCaseStatus?case=1", "/getCaseStatus?agent=a&case=1"})
    EXPECT_EQ(client.open(target).status, "404") << target;
  const std::vector<std::pair<std::string, std::string>> heads = {
      {"GET /getCaseCount HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"\x16\x03\x01\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nA: " + std::string(9000, 'a') + "\r\n\r\n", "431"},
  };
  for (const auto& [head, status] : heads) {
    const plain_socket raw(on.port);
    raw.say(head);
    EXPECT_EQ(raw.hear().substr(9, 3), status) << head.substr(0, 20);
  }
  EXPECT_EQ(on.stop().code, 4) << "nothing was played";
}

TEST(listen, a_client_that_vanishes_ends_its_case_alone) {
  const listener on({"ws/client/echo", "--agents", "1"});
  const script_client client(on.port);
  {
    plain_socket(on.port).say(opening("/runCase?case=1&agent=a"));
  }
  {
    plain_socket(on.port).say("GET /run");
  }
  EXPECT_EQ(client.open("/runCase?case=2&agent=a", true).status, "101");
  EXPECT_EQ(client.open("/updateReports?agent=a").code, 1000);
  const auto end = on.running->wait();
  EXPECT_EQ(end.code, 1) << end.out << end.err;
  EXPECT_EQ(last_line(end.out), "1 passed, 1 failed, 0 skipped");
}

TEST(listen, a_signal_ends_it_with_reports_and_what_was_cut_short_has_no_verdict) {
  const listener on({"ws/client/echo"});
  const plain_socket silent(on.port);
  silent.say(opening("/runCase?case=1&agent=a"));
  EXPECT_TRUE(silent.hear().starts_with("HTTP/1.1 101"));
  const auto end = on.stop();
  EXPECT_EQ(end.code, 130) << end.out << end.err;
  const auto report = on.here.json_file("o/run.json");
  EXPECT_EQ(report["results"].at(0)["error"]["cause"], "interrupted");
  EXPECT_EQ(report["run"]["interrupted"], true);
}

TEST(listen, cases_are_scenarios_that_need_nothing_told) {
  struct row {
    std::string id;
    std::string changes;  ///< of the scenario below: what stands behind `setup:`
    std::string why;
  };
  const std::string drive = "  - drive: {do: ws.connect, to: \"ws://${server.authority}/\"";
  const std::string accept = "  - {as: server, accept: {within: 1s}}\n";
  const std::vector<row> rows = {
      {"t/a-case", drive + ", echo: true, compress: true}\n" + accept, ""},
      {"t/no-echo", drive + "}\n" + accept, "does not send messages back"},
      {"t/protocols", drive + ", echo: true, protocols: [a]}\n" + accept, "told 'protocols'"},
      {"t/late", accept + drive + ", echo: true}\n", "does not begin with"},
      {"t/sends", drive + ", echo: true}\n" + accept + "  - drive: {do: ws.send, text: a}\n",
       "told more than to connect"},
      {"t/twice", drive + ", echo: true}\n" + accept + accept, "more than one connection"},
      {"t/observes",
       drive + ", echo: true}\n" + accept + "  - {as: sut, expect: {event: {app.open: {}}}}\n",
       "would have to tell"},
      {"t/target",
       drive + ", echo: true}\n" + accept +
           "  - {as: server, expect: {event: {http.request: {target: /}}}}\n",
       "the address that"},
      {"t/host",
       drive + ", echo: true}\n" + accept +
           "  - {as: server, expect: {event: {http.request: {headers: {host: a}}}}}\n",
       "a certain host"},
  };
  workplace here;
  for (const auto& one : rows)
    write_text(here / ("s/" + one.id + ".scenario.yaml").c_str(),
               "scenario: 1\nid: " + one.id +
                   "\ntitle: A client\nsut: client\nactors:\n  server: {plays: server, listen: "
                   "auto}\nrequirements:\n  does: {ref: none, level: MUST, basis: convention, "
                   "says: It does.}\nsetup:\n" +
                   one.changes +
                   "steps:\n  - {as: server, expect: {event: {tcp.fin: {}}, violates: [does]}}\n");
  const auto end = here.run({"listen", "127.0.0.1:0", "--list", "--scenarios", "s"});
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(end.out.substr(0, end.out.find('\n')), "1  t/a-case");
  for (const auto& one : rows) {
    const auto at = end.out.find(one.id + " ");
    const auto line =
        at == std::string::npos ? "" : end.out.substr(at, end.out.find('\n', at) - at);
    EXPECT_NE(line.find(one.why), std::string::npos) << one.id << ": " << end.out;
  }
  EXPECT_EQ(here.run({"listen", "192.0.2.1:80", "--scenarios", "s"}).code, 2);
}

TEST(script_request, is_path_and_decoded_query) {
  const auto one = parse_script_request("/runCase?case=3&agent=a%2Fb+c%zz&case=4&alone");
  EXPECT_EQ(one.path, "/runCase");
  EXPECT_EQ(one.value("case"), "3");
  EXPECT_EQ(one.value("agent"), "a/b c%zz");
  EXPECT_EQ(one.value("alone"), "");
  EXPECT_EQ(one.value("none"), "");
  EXPECT_EQ(parse_script_request("*").path, "*");
}

}  // namespace
}  // namespace halley::cli
