#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "clock/clock.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/request.hpp"
#include "reference-server/services.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

constexpr std::size_t shown_body = 1024;
constexpr duration short_patience = std::chrono::seconds(1);

nlohmann::json as_list(const std::vector<field>& fields) {
  auto result = nlohmann::json::array();
  for (const field& one : fields)
    result.push_back({one.name, one.value});
  return result;
}

}  // namespace

awaitable<void> http_echo(exchange& with) {
  octets body;
  const bool whole = co_await with.read_whole_body(body);
  if (!whole) co_return;
  const bool bare = body.empty() && (with.head().method == "GET" || with.is_head());
  response answer;
  answer.fields.push_back({"Content-Type", "application/octet-stream"});
  answer.body = bare ? octets("OK") : std::move(body);
  co_await with.respond(std::move(answer));
}

awaitable<void> impatient_echo(exchange& with) {
  with.peer().limit_patience(short_patience);
  co_await http_echo(with);
}

awaitable<void> inspect(exchange& with) {
  octets body;
  const bool whole = co_await with.read_whole_body(body);
  if (!whole) co_return;
  const request& head = with.head();
  nlohmann::json seen;
  seen["method"] = head.method;
  seen["target"] = head.target;
  seen["version"] = "HTTP/1." + std::to_string(head.minor);
  seen["headers"] = as_list(head.fields);
  seen["body"] = {{"length", body.size()}, {"hex", to_hex(octet_view(body).substr(0, shown_body))}};
  seen["trailers"] = as_list(with.body().trailers());
  // Field values may hold octets over 0x7F that are no UTF-8; JSON has no place for them.
  response answer =
      json_text(seen.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  co_await with.respond(std::move(answer));
}

}  // namespace halley::gateway
