#include "fuzz/choices.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/models/draws.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/scene.hpp"
#include "fuzz/scenes/scene_draft.hpp"
#include "fuzz/scenes/traffic_scenes.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr auto handler_queries = std::to_array<words>(
    {"close=begin", "close=read", "close=700", "fail=begin", "fail=read", "unread=1", "unread=rest",
     "flood=70000", "flood=300000&patience=200", "timeout=300"});
constexpr auto echo_queries = std::to_array<words>({"", "&timeout=300", "&timeout=1500"});
constexpr auto framings = std::to_array<words>(
    {"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\n",
     "Transfer-Encoding: chunked\r\n", "Content-Length: 10\r\n", "Content-Length: 0\r\n", "",
     "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n",
     "Transfer-Encoding: chunked\r\nConnection: close\r\n", "Transfer-Encoding: gzip, chunked\r\n",
     "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"});
constexpr auto versions =
    std::to_array<words>({"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"});
constexpr auto methods = std::to_array<words>({"POST", "POST", "POST", "PUT", "GET"});
constexpr auto pieces = std::to_array<words>(
    {"5\r\nhello\r\n", "1\r\na\r\n", "0\r\n\r\n", "0\r\nT: v\r\n\r\n", "5\r\nhe", "llo\r\n",
     "0\r\nT: v\n\r\n", "ffffffff0\r\nhello", "A;x=\"y\"\r\n0123456789\r\n",
     "10\r\n0123456789abcdef\r\n", "11\r\n0123456789abcdef!\r\n", "3\r\nabc\r\n4\r\ndefg\r\n",
     "zz\r\n", "5\r\nhelloX\r\n", "hello", "00\r\n\r\n", "5\r\n"});
constexpr auto subtypes =
    std::to_array<words>({"SERVER_SHUTDOWN", "WEBAPP_RELOAD", "SESSION_END", "x"});
constexpr auto handles = std::to_array<words>({"0.1", "1.1", "0.2", "2.1", "0.0", "x"});

void begin_stream(scene_draft& to) {
  auto& from = to.from();
  const bool handler = from.draw(3) == 2;
  const std::string contract = handler ? "http.comet-handler" : "http.comet-echo";
  const std::string key = from.draw(8) == 7 ? "other" : "${key}";
  const auto query =
      "?key=" + key + (handler ? "&" + one_of(from, handler_queries) : one_of(from, echo_queries));
  const auto framing = one_of(from, framings);
  const auto method = one_of(from, methods);
  to.begin("begin " + contract);
  const auto who = to.open(contract);
  auto head = head_for(method, contract, query, framing, one_of(from, versions));
  if (from.draw(16) == 15) head.resize(head.size() - 2 - from.draw(20));
  to.say(who, head + (from.draw(3) == 2 ? one_of(from, pieces) : std::string()));
}

void say_piece(scene_draft& to, const open_line& on) {
  auto& from = to.from();
  to.begin("piece");
  if (from.draw(6) == 5) {
    const auto size = draw_size(from, 9000);
    std::string chunk(size, 'x');
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (auto left = size; left != 0 || hex.empty(); left /= 16)
      hex.insert(hex.begin(), digits[left % 16]);
    to.say(on.who, text(hex + "\r\n" + chunk + "\r\n"), draw_segment(from, size));
    return;
  }
  std::string what;
  for (auto left = 1 + from.draw(3); left != 0; --left)
    what += one_of(from, pieces);
  to.say(on.who, what);
}

void ask_log(scene_draft& to) {
  to.begin("log");
  const auto who = to.open("http.comet-log");
  to.lines().pop_back();
  to.say(who, head_for("GET", "http.comet-log", "", "Connection: close\r\n"));
}

}  // namespace

scene comet_scene(choices& from, const std::vector<stand>& /*stands*/) {
  scene_draft to(from);
  begin_stream(to);
  while (!to.is_full()) {
    switch (from.draw(16)) {
      case 0:
        if (from.draw(3) == 2)
          to.ask_status();
        else
          ask_log(to);
        return to.take();
      case 1:
      case 2:
        begin_stream(to);
        break;
      case 3:
      case 4:
        to.leave(to.lines());
        break;
      case 5:
      case 6:
        ask_log(to);
        break;
      case 7:
        to.begin("end from elsewhere");
        to.hook("comet-end", {{"subtype", text(one_of(from, subtypes))}});
        break;
      case 8:
        to.begin("write from elsewhere");
        to.hook("comet-write", {{"handle", text(one_of(from, handles))}, {"data", text("told")}});
        break;
      case 9:
      case 10:
        to.wait();
        break;
      default:
        if (!to.lines().empty())
          say_piece(to, to.lines()[from.draw(static_cast<std::uint32_t>(to.lines().size()))]);
    }
  }
  return to.take();
}

}  // namespace halley::fuzz
