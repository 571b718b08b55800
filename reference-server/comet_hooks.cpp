// What others than a stream's own client ask of it, and what they are told.
#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/comet_log.hpp"
#include "reference-server/comet_streams.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "reference-server/services.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace halley::gateway {
namespace {

/// The subtypes of END; the empty one is END alone.
constexpr std::array<octet_view, 4> end_subtypes = {"", "SERVER_SHUTDOWN", "WEBAPP_RELOAD",
                                                    "SESSION_END"};

}  // namespace

awaitable<void> comet_history(exchange& with) {
  response answer = json_text(with.shared().comet_events.of(with.key).dump() + "\n");
  co_await with.respond(std::move(answer));
}

/// POST /comet-end/KEY: the streams of that key end with END and the subtype of the query.
awaitable<void> comet_end(exchange& with) {
  octets ignored;
  const bool whole = co_await with.read_whole_body(ignored);
  if (!whole) co_return;
  const octets subtype = with.head().parameter("subtype").value_or("");
  if (std::ranges::find(end_subtypes, subtype) == end_subtypes.end()) {
    co_await with.refuse(400, "no subtype of END\n");
    co_return;
  }
  comet_streams& open = with.shared().comet_open;
  const bool all = with.settings().mutant("comet-told-end-for-all");
  const std::size_t count = all ? open.end_every(subtype) : open.end_all(with.key, subtype);
  const nlohmann::json told = {{"ended", count}};
  response answer = json_text(told.dump() + "\n");
  co_await with.respond(std::move(answer));
}

/// POST /comet-write/HANDLE: the body is written to that stream, by somebody who kept its handle.
awaitable<void> comet_write(exchange& with) {
  octets body;
  const bool whole = co_await with.read_whole_body(body);
  if (!whole) co_return;
  const auto to = parse_handle(with.key);
  const std::size_t limit = with.settings().pending_high;
  const bool written = to && with.shared().comet_open.write(*to, body, limit);
  const nlohmann::json told = {{"written", written}};
  response answer = json_text(told.dump() + "\n");
  co_await with.respond(std::move(answer));
}

}  // namespace halley::gateway
