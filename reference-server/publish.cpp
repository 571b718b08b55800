#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "reference-server/services.hpp"
#include "reference-server/topic.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace halley::gateway {
namespace {

constexpr std::uint64_t maximum_count = 100'000;

/// All or nothing: of what is refused no event was published. Source: RFC 6585 §4.
awaitable<void> refuse_for_now(exchange& with, std::optional<duration> wait) {
  response answer = text(429, wait ? "too many events just now\n" : "too many events at once\n");
  if (wait) {
    const auto whole = std::chrono::ceil<std::chrono::seconds>(*wait);
    answer.fields.push_back({"Retry-After", std::to_string(whole.count())});
  }
  co_await with.respond(std::move(answer));
}

}  // namespace

subscription::limits bounds_of(exchange& with) {
  const options& how = with.settings();
  const bool drops = with.head().parameter("slow") == "drop" && !how.mutant("sse-drop-is-cut");
  return {how.topic_slow_limit, drops ? slow_policy::drop_oldest : how.topic_slow_policy};
}

void take_shortcut(exchange& with, subscription& events, form as, encoder encode) {
  connection& to = with.peer();
  if (!to.writes_now() || !with.settings().mutants.empty()) return;
  events.use({as, encode, [&to](octet_view data) { return to.write_now(data); }});
}

/// POST /publish/KEY: the body is one event. With ?count=N: N events, each with its own id as data.
awaitable<void> publish(exchange& with) {
  octets body;
  const bool whole = co_await with.read_whole_body(body);
  if (!whole) co_return;
  const octets name = with.head().parameter("event").value_or("");
  const auto counted = with.head().parameter("count");
  const auto count = counted ? parse_number(*counted) : std::optional<std::uint64_t>(1);
  topic* const to = with.shared().find_topic(with.key);
  const char* wrong = nullptr;
  if (!count || *count > maximum_count) wrong = "bad count\n";
  // An event name with a line end would write fields of its own into the stream.
  const bool injects =
      std::ranges::any_of(name, ascii::is_control) && !with.settings().mutant("sse-name-injects");
  if (injects || !is_utf8(name)) wrong = "bad event name\n";
  if (!is_utf8(body) && !with.settings().mutant("sse-utf8-unchecked"))
    wrong = "an event is UTF-8 text\n";
  if (wrong != nullptr) {
    co_await with.refuse(400, wrong);
    co_return;
  }
  if (to == nullptr) {
    co_await with.refuse(503, "too many topics\n");
    co_return;
  }
  const auto wait = to->admit(*count);
  if (!wait || *wait > duration(0)) {
    if (with.settings().mutant("publish-limit-half")) to->publish(body, name);
    ++with.shared().stages["publish"].refused;
    co_await refuse_for_now(with, wait);
    co_return;
  }
  auto ids = nlohmann::json::array();
  for (std::uint64_t i = 0; i < *count; ++i)
    ids.push_back(to->publish(counted ? std::to_string(to->last() + 1) : body, name));
  const nlohmann::json made = {{"ids", ids}};
  response answer = json_text(made.dump() + "\n");
  co_await with.respond(std::move(answer));
}

}  // namespace halley::gateway
