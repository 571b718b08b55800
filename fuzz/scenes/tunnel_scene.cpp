#include "fuzz/choices.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/models/draws.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/scene.hpp"
#include "fuzz/scenes/scene_draft.hpp"
#include "fuzz/scenes/traffic_scenes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr auto proxies =
    std::to_array<words>({"proxy.connect", "proxy.connect", "proxy.restricted", "proxy.impatient"});
constexpr auto targets = std::to_array<words>({"127.0.0.1:${origin.port}",
                                               "127.0.0.1:${origin.port}",
                                               "127.0.0.1:${origin.port}",
                                               "127.0.0.1:${origin.port}",
                                               "127.0.0.1:9",
                                               "127.0.0.1:80",
                                               "localhost:${origin.port}",
                                               "[::1]:${origin.port}",
                                               "[::1",
                                               "10.0.0.1:80",
                                               "127.0.0.1",
                                               "127.0.0.1:",
                                               "127.0.0.1:0",
                                               "127.0.0.1:65536",
                                               "127.0.0.1:73617",
                                               "127.0.0.1:-1",
                                               "me@127.0.0.1:${origin.port}",
                                               "http://127.0.0.1:${origin.port}/",
                                               "/",
                                               "127.0.0.1:${origin.port}/",
                                               "example.test:443"});
constexpr auto hosts = std::to_array<words>(
    {"127.0.0.1:${origin.port}", "127.0.0.1:${origin.port}", "127.0.0.1:9", "other.test"});
constexpr auto versions = std::to_array<words>({"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"});
constexpr auto fields = std::to_array<words>(
    {"", "Proxy-Authorization: Basic aGFsbGV5OnNlY3JldA==\r\n", "X-Own: 1\r\nUser-Agent: a\r\n",
     "Proxy-Authorization: Basic x\r\n", "Content-Length: 5\r\n", "Connection: close\r\n",
     "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n",
     "Proxy-Connection: keep-alive\r\n"});
constexpr auto early =
    std::to_array<words>({"", "", "", "hello", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"});

void connect(scene_draft& to, std::vector<open_line>& origins, const actor_of* again) {
  auto& from = to.from();
  const auto contract = one_of(from, proxies);
  const auto target = one_of(from, targets);
  const auto host = one_of(from, hosts);
  to.begin(again != nullptr ? "connect again" : "connect");
  const auto who = again != nullptr ? *again : to.open(contract);
  std::string head =
      "CONNECT " + target + " " + one_of(from, versions) + "\r\nHost: " + host + "\r\n";
  head += one_of(from, fields) + "\r\n";
  to.say(who, head + one_of(from, early));
  // Whoever guesses wrong is stuck in the rehearsal, and what came before is played.
  if (target.ends_with("${origin.port}") && from.draw(8) != 7)
    origins.push_back({to.accept(), "origin"});
}

/// Several tunnels, one after the other.
void come_and_go(scene_draft& to) {
  to.begin("tunnels come and go");
  for (int i = 0; i < 7 && !to.is_full(); ++i) {
    const auto who = to.open("proxy.connect");
    to.lines().pop_back();
    to.say(who,
           "CONNECT 127.0.0.1:${origin.port} HTTP/1.1\r\nHost: 127.0.0.1:${origin.port}\r\n\r\n");
    const auto origin = to.accept();
    to.close(who, "fin");
    to.close(origin, "fin");
  }
}

void carry(scene_draft& to, const std::vector<open_line>& lines) {
  if (lines.empty()) return;
  auto& from = to.from();
  const auto& one = lines[from.draw(static_cast<std::uint32_t>(lines.size()))];
  const auto size = std::max<std::uint32_t>(1, draw_size(from, 20000));
  to.begin("octets from " + one.contract);
  to.say(one.who, patterned("prng", size, size), draw_segment(from, size));
}

}  // namespace

scene tunnel_scene(choices& from, const std::vector<stand>& /*stands*/) {
  scene_draft to(from);
  to.add_origin();
  std::vector<open_line> origins;
  connect(to, origins, nullptr);
  while (!to.is_full()) {
    switch (from.draw(13)) {
      case 0:
        if (from.draw(2) == 1) to.ask_status();
        return to.take();
      case 1:
      case 2:
      case 3:
        carry(to, to.lines());
        break;
      case 4:
      case 5:
      case 6:
        carry(to, origins);
        break;
      case 7:
        to.leave(to.lines());
        break;
      case 8:
        to.leave(origins);
        break;
      case 9:
        connect(to, origins, nullptr);
        break;
      case 10:
        if (!to.lines().empty()) {
          const auto who = to.lines().back().who;
          connect(to, origins, &who);
        }
        break;
      case 11:
        come_and_go(to);
        break;
      default:
        to.wait();
    }
  }
  return to.take();
}

}  // namespace halley::fuzz
