#include "fuzz/models/all_models.hpp"

#include "fuzz/model.hpp"
#include "fuzz/models/comet_duplex.hpp"
#include "fuzz/models/connect_tunnel.hpp"
#include "fuzz/models/gateway_lifecycle.hpp"
#include "fuzz/models/longpoll_cursor.hpp"
#include "fuzz/models/sse_resume.hpp"
#include "fuzz/models/websocket_session.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string_view>

namespace halley::fuzz {
namespace {

template <class Model>
std::unique_ptr<model> make() {
  return std::make_unique<Model>();
}

constexpr auto table = std::to_array<model_entry>({
    {"websocket-session", "messages, fragments, control frames, closes and cuts",
     "ping-empties-fragment", make<websocket_session>},
    {"sse-resume", "a subscriber that is cut off and comes back", "sse-eight-missed",
     make<sse_resume>},
    {"longpoll-cursor", "polls along cursors, some of them abandoned", "poll-cursor-abandoned",
     make<longpoll_cursor>},
    {"comet-duplex", "chunks of any size through the echo that streams", "chunk-4096-short",
     make<comet_duplex>},
    {"connect-tunnel", "octets both ways through tunnels, and their ends",
     "tunnel-last-answer-lost", make<connect_tunnel>},
    {"gateway-lifecycle", "streams that end in every way, and the gateway's log of them",
     "comet-third-error-unsaid", make<gateway_lifecycle>},
});

}  // namespace

std::span<const model_entry> all_models() {
  return table;
}

const model_entry* find_model(std::string_view name) {
  const auto found = std::ranges::find(table, name, &model_entry::name);
  return found == table.end() ? nullptr : &*found;
}

}  // namespace halley::fuzz
