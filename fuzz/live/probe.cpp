#include "fuzz/live/probe.hpp"

#include "base/bytes.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/stage.hpp"
#include "trace/event.hpp"
#include "wire/http_message.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace halley::fuzz {
namespace {

octets request(const place& at, octet_view fields) {
  return "GET " + at.path + " HTTP/1.1\r\nHost: " + at.authority + "\r\n" + octets(fields) + "\r\n";
}

/// The key is that of RFC 6455 §1.3.
constexpr octet_view handshake =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n";

}  // namespace

std::optional<probe> probe_of(const std::vector<stand>& stands) {
  for (const std::string_view contract :
       {"http.root", "http.echo", "http.inspect", "http.status", "ws.echo", "ws.echo-small"}) {
    const auto found =
        std::ranges::find_if(stands, [&](const stand& one) { return one.at.contract == contract; });
    if (found == stands.end()) continue;
    probe result;
    result.stand = static_cast<std::size_t>(found - stands.begin());
    result.what.at = found->at;
    const bool frames = contract.starts_with("ws.");
    result.what.acts = {
        {act::kind::write, request(found->at, frames ? handshake : "Connection: close\r\n"), {}},
        {act::kind::answer, {}, {}},
        {act::kind::close, {}, {}}};
    return result;
  }
  return std::nullopt;
}

bool is_answered(const record& seen) {
  return std::ranges::any_of(seen.events, [](const trace::event& one) {
    const auto* const head = std::get_if<wire::response_head>(&one.what);
    return head != nullptr && one.dir == trace::direction::in &&
           (head->status >= 200 || head->status == 101);
  });
}

}  // namespace halley::fuzz
