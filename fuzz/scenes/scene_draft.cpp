#include "fuzz/scenes/scene_draft.hpp"

#include "base/hex.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/scene.hpp"
#include "wire/websocket_frame.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_cues = 14;
constexpr std::size_t most_lines = 40;
constexpr auto lengths =
    std::to_array<std::chrono::milliseconds>({390ms, 1290ms, 3190ms, 8390ms, 17390ms, 41390ms});

}  // namespace

void scene_draft::begin(std::string name) {
  made_.cues.push_back({std::move(name), {}, usual_length});
}

actor_of scene_draft::open(const std::string& contract) {
  const actor_of who{"client", "c" + std::to_string(++opened_)};
  made_.cues.back().moves.push_back({stage_move::kind::open, who, contract, {}, {}});
  lines_.push_back({who, contract});
  return who;
}

actor_of scene_draft::accept() {
  const actor_of who{"origin", "o" + std::to_string(++accepted_)};
  made_.cues.back().moves.push_back({stage_move::kind::accept, who, {}, {}, {}});
  return who;
}

void scene_draft::say(const actor_of& who, std::string what) {
  say(who, text(std::move(what)));
}

void scene_draft::say(const actor_of& who, value what, std::uint32_t segment) {
  made_.cues.back().moves.push_back({stage_move::kind::say, who, {}, std::move(what), {}, segment});
}

void scene_draft::close(const actor_of& who, const std::string& how) {
  made_.cues.back().moves.push_back({stage_move::kind::close, who, how, {}, {}});
}

void scene_draft::keep_cookie(const actor_of& who) {
  made_.cues.back().moves.push_back({stage_move::kind::keep, who, {}, {}, {}});
}

void scene_draft::hook(const std::string& name,
                       std::vector<std::pair<std::string, value>> arguments) {
  made_.cues.back().moves.push_back({stage_move::kind::hook, {}, name, {}, std::move(arguments)});
}

void scene_draft::ask_status() {
  begin("status");
  const auto who = open("http.status");
  lines_.pop_back();
  say(who, head_for("GET", "http.status", "", "Connection: close\r\n"));
}

void scene_draft::wait() {
  const auto length = lengths.at(from_.draw(lengths.size()));
  begin("wait " + std::to_string(length.count()) + " ms");
  lasts(length);
}

void scene_draft::leave(std::vector<open_line>& lines) {
  if (lines.empty()) return;
  const auto at = from_.draw(static_cast<std::uint32_t>(lines.size()));
  const auto how = one_of<3>(from_, {"fin", "rst", "write"});
  begin("close " + lines[at].contract + " " + how);
  close(lines[at].who, how);
  lines.erase(lines.begin() + at);
}

bool scene_draft::is_full() const {
  return made_.cues.size() >= most_cues || static_cast<std::size_t>(opened_) >= most_lines;
}

std::string head_for(const std::string& method,
                     const std::string& contract,
                     const std::string& more,
                     const std::string& fields,
                     const std::string& version) {
  return method + " ${target." + contract + ".path}" + more + " " + version +
         "\r\nHost: ${target." + contract + ".authority}\r\n" + fields + "\r\n";
}

std::string query_of(const std::string& contract, const std::string& what) {
  if (what.empty()) return {};
  const bool has_one = contract == "http.sse-fast-heartbeat" || contract == "http.sse-of-one" ||
                       contract == "http.sse-dropping" || contract == "http.longpoll-of-one" ||
                       contract == "http.stream-of-two";
  return (has_one ? "&" : "?") + what;
}

std::string handshake_fields(const std::string& more, const std::string& key) {
  return "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key +
         "\r\nSec-WebSocket-Version: 13\r\n" + more;
}

value frame_value(std::uint8_t first_octet, const std::string& payload) {
  constexpr std::uint8_t fin = 0x80;
  wire::websocket_frame frame;
  frame.fin = (first_octet & fin) != 0;
  frame.rsv = static_cast<std::uint8_t>((first_octet >> 4U) & 7U);
  frame.code = static_cast<wire::opcode>(first_octet & 15U);
  frame.payload = payload;
  frame.mask = {1, 2, 3, 4};
  return map({{"hex", text(to_hex(wire::encode(frame, {})))}});
}

}  // namespace halley::fuzz
