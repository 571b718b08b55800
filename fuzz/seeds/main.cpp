// fuzz_seeds RUN OUT: makes first inputs of fuzz/targets of what a run recorded, RUN/events.jsonl
// and RUN/run.json, and of examples: OUT/TARGET/NUMBER. ci/fuzz calls it.
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "fuzz/gateway_talks/script.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using halley::octet_view;
using halley::octets;

constexpr std::size_t largest_seed = 4096;
constexpr std::size_t most_seeds = 500;       // of one target
constexpr std::size_t longest_line = 40'000;  // of the log: longer ones become no seed

/// What one side wrote, or the other: in the order of the log.
struct said {
  bool by_client = true;
  octets data;
};
using connection = std::vector<said>;

/// The connections of the target's clients, by instance, in their order.
std::map<std::string, std::map<std::string, connection>> read_log(const fs::path& file) {
  std::map<std::string, std::map<std::string, connection>> result;
  std::set<std::pair<std::string, std::string>> too_large;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.find(R"("ev":"wire.)") == std::string::npos) continue;
    const bool fits = line.size() <= longest_line;
    const auto event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object()) continue;
    const std::pair<std::string, std::string> at = {event.value("instance", ""),
                                                    event.value("conn", "")};
    const auto data = halley::from_hex(event.value("hex", ""));
    if (!fits || !data) too_large.insert(at);
    if (fits && data) result[at.first][at.second].push_back({event["ev"] == "wire.out", *data});
  }
  for (const auto& [instance, conn] : too_large)
    result[instance].erase(conn);
  return result;
}

class seeds {
public:
  void add(const std::string& target, octets seed) {
    if (seed.size() <= largest_seed) all_[target].insert(std::move(seed));
  }

  /// Writes them; where there are too many, some of every kind.
  bool write(const fs::path& out) const {
    for (const auto& [target, inputs] : all_) {
      fs::create_directories(out / target);
      const std::size_t step = inputs.size() / most_seeds + 1;
      std::size_t number = 0;
      for (const octets& one : inputs) {
        if (number++ % step != 0) continue;
        std::ofstream to(out / target / std::to_string(number), std::ios::binary);
        to << one;
        if (!to) return false;
      }
    }
    return true;
  }

private:
  std::map<std::string, std::set<octets>> all_;
};

octets side_of(const connection& from, bool client) {
  octets result;
  for (const said& one : from)
    if (one.by_client == client) result += one.data;
  return result;
}

/// The form of fuzz/targets/flow_judge.cpp: choices, one a packet, then the octets.
octets for_judge(const connection& from) {
  constexpr std::size_t packet = 64;
  constexpr std::size_t most = 255;
  constexpr std::uint8_t server = 0x80;
  octets choices(1, '\0');
  octets data;
  for (const said& one : from) {
    for (std::size_t at = 0; at < one.data.size(); at += packet) {
      const octets part = one.data.substr(at, packet);
      choices += static_cast<char>((one.by_client ? 0U : server) | (part.size() - 1));
      data += part;
    }
  }
  if (choices.size() > most) return {};
  return static_cast<char>(choices.size()) + choices + data;
}

/// The form of fuzz/targets/wire_decoders.cpp: the decoder, where to cut, then the octets.
void add_wire(seeds& to, const connection& from) {
  const octets asked = side_of(from, true);
  const octets answered = side_of(from, false);
  to.add("wire_decoders", octets("\0\0", 2) + asked);
  to.add("wire_decoders", octets("\1\3", 2) + answered);
  const auto head = answered.find("\r\n\r\n");
  if (head == octets::npos) return;
  const octets body = answered.substr(head + 4);
  if (answered.starts_with("HTTP/1.1 101")) {
    const char decoder = answered.find("permessage-deflate") < head ? '\3' : '\2';
    to.add("wire_decoders", octets({decoder, '\5'}) + body);
    const auto end = asked.find("\r\n\r\n");
    if (end != octets::npos)
      to.add("wire_decoders", octets({decoder, '\0'}) + asked.substr(end + 4));
  } else if (answered.find("text/event-stream") < head) {
    to.add("wire_decoders", octets("\4\0", 2) + body);
  }
}

void add_connections(seeds& to, const fs::path& log) {
  for (const auto& [instance, connections] : read_log(log)) {
    std::vector<std::vector<octets>> clients;
    for (const auto& [name, one] : connections) {
      add_wire(to, one);
      to.add("flow_judge", for_judge(one));
      auto& client = clients.emplace_back();
      for (const said& each : one)
        if (each.by_client) client.push_back(each.data);
    }
    to.add("gateway", halley::fuzz::script_octets(clients));
  }
}

/// What the log says of one instance, with what it says of all: the form of
/// fuzz/targets/report_input.cpp.
void add_logs(seeds& to, const fs::path& file) {
  constexpr std::size_t one_of = 16;
  std::map<std::string, octets> logs;
  octets common;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.size() > largest_seed) continue;
    const auto event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object() || event.value("ev", "") == "header") continue;
    const auto instance = event.value("instance", event.value("scenario", ""));
    if (!instance.empty() && std::hash<std::string>()(instance) % one_of != 0) continue;
    octets& log = instance.empty() ? common : logs[instance];
    const bool judges = event.value("ev", "") == "instance.end" || event.value("ev", "") == "check";
    const std::size_t most = largest_seed / 3 * (judges ? 2 : 1);
    if (log.size() + line.size() < most) log += line + '\n';
  }
  for (const auto& [instance, log] : logs)
    to.add("report_input", common + log);
}

/// The first octet chooses, as in fuzz/targets/text_inputs.cpp.
constexpr auto texts = std::to_array<std::pair<char, std::string_view>>({
    {'\0', "ws://127.0.0.1:9001/echo?x=1"},
    {'\0', "http://[::1]:80/a%20b#c"},
    {'\0', "ws://localhost"},
    {'\1', "ws/** & !tag:slow | level:must"},
    {'\1', "req:rfc6455/5.* & kind:survey & sut:server"},
    {'\1', "ws/frame/*[opcode=text]"},
    {'\2', "proto:ws dir:in len>1000 text~\"error\""},
    {'\2', "-type:ping flow:3 status:404 side:client"},
    {'\3', "up 3-5: reset-after=4KiB"},
    {'\3', "both: delay=50ms,jitter=5ms,rate=64KiB/s,segment=1,loss=0.1%"},
    {'\3', "1: refuse"},
    {'\4', "1.5ms"},
    {'\4', "64KiB"},
    {'\4', "2/5"},
    {'\5', "ws/**/[a=*,b=c]ws/frame/unmasked[b=c,a=1]"},
    {'\6', "${target.ws.echo.path}?k=${key}&n=${n+3}&${upper(key)}${list.0}${list.count}"},
    {'\6', "${ws.accept(key)}${size(key)}${hex(key)}"},
    {'\7', "\xC2\x9B a\\b\x1B[0m \xE2\x80\xAE"},
});
constexpr auto lines = std::to_array<std::string_view>({
    R"({"id":1,"ok":true})"
    "\n",
    R"({"id":2,"ok":false,"unsupported":true,"error":"no"})"
    "\n",
    R"({"event":"app.open","session":"s1","protocol":"x"})"
    "\n",
    R"({"event":"app.message","session":"s1","text":"hi","type":"text"})"
    "\n",
    R"({"event":"app.close","session":"s1","code":1000,"clean":true,"reason":""})"
    "\n",
    R"({"event":"app.response","session":"s1","status":200,"headers":{"a":["b"]},"body":"c"})"
    "\n",
});

void add_examples(seeds& to, const fs::path& run) {
  for (const auto& [kind, text] : texts)
    to.add("text_inputs", kind + octets(text));
  octets all;
  for (const auto line : lines) {
    to.add("driver_lines", octets(line));
    all += line;
  }
  to.add("driver_lines", all);
  std::ifstream in(run / "run.json");
  const octets report{std::istreambuf_iterator<char>(in), {}};
  to.add("run_files", '\0' + octets("verdict:fail -tag:slow is:different\n") + report);
  to.add("run_files", '\0' + octets("\n") +
                          R"({"schema":"run/1","results":[{"instance":"a","target":"t",)"
                          R"("verdict":"fail"}]})");
  to.add("run_files", "\1{\"ev\":\"run.start\",\"shard\":\"1/2\"}\n" + octets(1, '\0') +
                          "{\"ev\":\"run.end\"}\n");
  to.add("run_files",
         "\2baseline: 1\nprofile: t\nentries:\n  - match: \"a/b\"\n    expect: fail\n"
         "    variant: x\n    reason: y\n  - match: a/c\n    expect: warn\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "fuzz_seeds RUN OUT\n";
    return 2;
  }
  const fs::path run = argv[1];
  seeds all;
  add_connections(all, run / "events.jsonl");
  add_logs(all, run / "events.jsonl");
  add_examples(all, run);
  return all.write(argv[2]) ? 0 : 1;
}
