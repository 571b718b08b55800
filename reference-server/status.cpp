#include "reference-server/status.hpp"

#include "clock/clock.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/services.hpp"
#include "reference-server/topic.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace halley::gateway {

nlohmann::json status_of(core& shared) {
  nlohmann::json stages = nlohmann::json::object();
  for (const auto& [name, one] : shared.stages) {
    stages[name] = {{"begun", one.begun},
                    {"in_flight", one.begun - one.ended},
                    {"refused", one.refused},
                    {"dropped", one.dropped}};
  }
  nlohmann::json result;
  result["uptime_ms"] =
      std::chrono::duration_cast<std::chrono::milliseconds>(shared.now() - shared.started).count();
  result["connections"] = {{"accepted", shared.accepted}, {"open", shared.connections.size()}};
  result["topics"] = shared.topics.size();
  result["polls_held"] = shared.polls_held;
  result["stages"] = std::move(stages);
  return result;
}

awaitable<void> status(exchange& with) {
  response answer = json_text(status_of(with.shared()).dump() + "\n");
  co_await with.respond(std::move(answer));
}

/// GET /about-topic/KEY: who listens, and how far the log is. DELETE: nothing more follows, and
/// whoever listens is let go as at a stop of the gateway.
awaitable<void> about_topic(exchange& with) {
  topic* const it = with.shared().find_topic(with.key);
  if (it == nullptr) {
    co_await with.refuse(503, "too many topics\n");
    co_return;
  }
  if (with.head().method == "DELETE") it->end();
  const nlohmann::json shown = {
      {"subscribers", it->subscribers()}, {"last", it->last()}, {"ended", it->ended()}};
  response answer = json_text(shown.dump() + "\n");
  co_await with.respond(std::move(answer));
}

}  // namespace halley::gateway
