#include "fuzz/scenes/push_scene.hpp"
#include "fuzz/scenes/scene.hpp"
#include "fuzz/scenes/traffic_scenes.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace halley::fuzz {
namespace {

constexpr auto table = std::to_array<scene_kind>({
    {"grammar-scene", "what the grammars say, and what is seen of it elsewhere", grammar_scene},
    {"request-scene", "requests for any service, behind and beside one another", request_scene},
    {"websocket-scene", "offers, messages, control frames and closes", websocket_scene},
    {"push-scene", "subscribers of a topic and who publishes", push_scene},
    {"access-scene", "credentials, cookies and origins", access_scene},
    {"forward-scene", "requests that go on to an origin, and its answers", forward_scene},
    {"tunnel-scene", "tunnels to an origin", tunnel_scene},
    {"comet-scene", "requests that stream, their log, and writers from elsewhere", comet_scene},
});

}  // namespace

std::span<const scene_kind> all_scenes() {
  return table;
}

const scene_kind* find_scene(std::string_view name) {
  const auto found = std::ranges::find(table, name, &scene_kind::name);
  return found == table.end() ? nullptr : &*found;
}

}  // namespace halley::fuzz
