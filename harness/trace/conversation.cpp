#include "trace/conversation.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/fifo.hpp"
#include "trace/event.hpp"
#include "trace/event_stream_body.hpp"
#include "wire/body_framing.hpp"
#include "wire/deflate.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_handshake.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace halley::trace {
namespace {

/// How many octets behind an Upgrade or CONNECT request wait for the response that says what they
/// are.
constexpr std::size_t most_held_octets = std::size_t{1} << 20U;

template <typename... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};

bool is_interim(const wire::response_head& head) {
  return head.status >= 100 && head.status < 200 && head.status != 101;
}

/// How many octets behind the head surely belong to its body.
std::uint64_t sure_octets(const wire::body_framing& framing) {
  if (framing.kind == wire::framing_kind::length) return framing.length;
  if (framing.kind == wire::framing_kind::until_close)
    return std::numeric_limits<std::uint64_t>::max();
  return 0;
}

bool may_switch(const wire::request_head& head) {
  return head.method == "CONNECT" || head.fields.has("Upgrade");
}

bool lists_only(const wire::field_section& fields, octet_view name, octet_view harmless) {
  return std::ranges::all_of(
      ascii::list_elements(fields.combined(name).value_or("")),
      [&](const octets& element) { return ascii::iequals(element, harmless); });
}

/// Whether the body pieces are the event stream itself. A content coding, or a transfer coding
/// besides chunked, stands between the two.
bool holds_event_stream(const wire::response_head& head) {
  const octets type = head.fields.first("Content-Type").value_or("");
  return ascii::iequals(ascii::trim_blank(octet_view(type).substr(0, type.find(';'))),
                        "text/event-stream") &&
         lists_only(head.fields, "Content-Encoding", "identity") &&
         lists_only(head.fields, "Transfer-Encoding", "chunked");
}

/// The protocol that a 101 switches to: its own word, else what was asked for.
octets protocol_of(const wire::response_head& head,
                   const std::optional<wire::request_head>& request) {
  const auto named = ascii::list_elements(head.fields.combined("Upgrade").value_or(""));
  if (!named.empty()) return ascii::to_lower(named.front());
  return request && wire::asks_for_websocket(*request) ? "websocket" : "unknown";
}

/// permessage-deflate as the server says it uses it, asked for or not: its frames can only be read
/// so, and the fault of the handshake is reported once, not again with every frame.
std::optional<wire::deflate_parameters> answered_deflate(const wire::response_head& head) {
  const octets value = head.fields.combined("Sec-WebSocket-Extensions").value_or("");
  for (const octets& element : ascii::list_elements(value))
    if (auto parameters = wire::parse_deflate(element)) return parameters;
  return std::nullopt;
}

}  // namespace

struct conversation::state {
  /// held: behind a request that may end HTTP; opaque: nobody can say what the octets mean.
  enum class mode { http, held, websocket, opaque };

  /// One direction.
  struct stream {
    stream(direction way, wire::http_role role, const wire::http_limits& limits)
        : dir(way), http(role, limits) {}

    direction dir;
    mode now = mode::http;
    wire::http_decoder http;
    std::optional<wire::websocket_decoder> frames;
    std::uint64_t fed = 0;        ///< stream offset of the next octet for a decoder
    std::uint64_t body_left = 0;  ///< octets that surely belong to the body that is being read
    octets held;
    bool ended = false;
  };

  /// What a 101, or a 2xx to CONNECT, agreed on.
  struct agreement {
    octets protocol;
    std::optional<wire::deflate_parameters> deflate;
  };

  state(bool halley_is_client, sink to, conversation_limits bounds)
      : give(std::move(to)),
        limits(bounds),
        requests(halley_is_client ? direction::out : direction::in,
                 wire::http_role::request,
                 bounds.http),
        responses(halley_is_client ? direction::in : direction::out,
                  wire::http_role::response,
                  bounds.http) {}

  stream& of(direction dir) { return requests.dir == dir ? requests : responses; }

  template <typename What>
  void emit(const stream& from, std::uint64_t at, std::uint64_t size, What&& what);

  void feed(stream& from, octet_view data);
  void finish(stream& from);
  octet_view feed_http(stream& from, octet_view rest);
  void feed_frames(stream& from, octet_view data);
  void give_frames(stream& from, std::vector<wire::websocket_item>& items);
  void hold(octet_view data);

  void take(stream& from, wire::http_item& item);
  void take_request(wire::http_item& item);
  void take_response(wire::http_item& item);
  void take_body(stream& from, wire::http_item& item);
  void take_end(stream& from, wire::http_item& item);
  void take_left(stream& from, std::uint64_t at);
  void give_server_events(std::vector<wire::sse_item>& items);
  void answer(wire::response_head& head, const wire::http_item& item);
  void agree_on_upgrade(const wire::response_head& head,
                        const std::optional<wire::request_head>& request,
                        const wire::http_item& item);
  bool was_asked_for(const wire::response_head& head) const;
  bool is_guessed() const;

  void release_held();
  void switch_requests();
  void begin_tunnel(stream& from, std::uint64_t at, const agreement& terms);

  sink give;
  conversation_limits limits;
  std::chrono::nanoseconds now{0};
  stream requests;
  stream responses;

  fifo<wire::request_head> unanswered;  ///< all of those that may end HTTP, of others the method
  std::vector<wire::http_item> spare;   ///< room for items, kept
  bool request_may_switch = false;      ///< the request that is being read may end HTTP
  bool requests_unclear = false;  ///< what a server makes of the requests is not known any more
  std::size_t guesses = 0;        ///< answers to what is not known
  std::optional<event_stream_body> server_events;
  std::optional<agreement> agreed;
  bool response_switches = false;  ///< the head just read ends HTTP
};

template <typename What>
void conversation::state::emit(const stream& from,
                               std::uint64_t at,
                               std::uint64_t size,
                               What&& what) {
  give({.t = now,
        .instance = {},
        .conn = {},
        .actor = {},
        .dir = from.dir,
        .off = at,
        .len = size,
        .what = std::forward<What>(what)});
}

// The decoders are never fed over the border between two messages in one go: behind it another
// decoder may have to take over, and the answer to the next message may depend on this one.
void conversation::state::feed(stream& from, octet_view data) {
  while (!data.empty()) {
    switch (from.now) {
      case mode::http:
        data = feed_http(from, data);
        break;
      case mode::held:
        hold(data);
        return;
      case mode::websocket:
        feed_frames(from, data);
        return;
      case mode::opaque:
        from.fed += data.size();
        return;
    }
  }
}

// Every head, chunk header and trailer section ends with LF, and a body is counted off.
octet_view conversation::state::feed_http(stream& from, octet_view rest) {
  std::size_t count = 0;
  if (from.body_left > 0) {
    count = static_cast<std::size_t>(std::min<std::uint64_t>(from.body_left, rest.size()));
    from.body_left -= count;
  } else {
    const std::size_t line_end = rest.find('\n');
    count = line_end == octet_view::npos ? rest.size() : line_end + 1;
  }
  from.fed += count;
  // What is taken may feed what was held: that needs room of its own.
  std::vector<wire::http_item> items = std::exchange(spare, {});
  from.http.feed(rest.substr(0, count), items);
  for (wire::http_item& item : items)
    take(from, item);
  items.clear();
  spare = std::move(items);
  return rest.substr(count);
}

void conversation::state::hold(octet_view data) {
  requests.held += data;
  if (requests.held.size() <= most_held_octets) return;
  emit(requests, requests.fed, 0, tunnel_open{.protocol = "unknown"});
  requests.fed += requests.held.size();
  requests.held = {};
  requests.now = mode::opaque;
  requests_unclear = true;
}

void conversation::state::feed_frames(stream& from, octet_view data) {
  std::vector<wire::websocket_item> items;
  from.frames->feed(data, items);
  from.fed += data.size();
  give_frames(from, items);
}

void conversation::state::give_frames(stream& from, std::vector<wire::websocket_item>& items) {
  for (wire::websocket_item& item : items) {
    std::visit(overloaded{
                   [&](wire::wire_error error) {
                     emit(from, item.at, item.size, wire_fault{.what = error});
                   },
                   [&](auto& what) { emit(from, item.at, item.size, std::move(what)); },
               },
               item.what);
  }
}

void conversation::state::take(stream& from, wire::http_item& item) {
  if (from.now == mode::opaque) return;  // of the octets that were fed when that was found out
  std::visit(overloaded{
                 [&](wire::request_head&) { take_request(item); },
                 [&](wire::response_head&) { take_response(item); },
                 [&](wire::chunk_header& chunk) {
                   from.body_left = chunk.size;
                   emit(from, item.at, item.size, std::move(chunk));
                 },
                 [&](wire::body_piece&) { take_body(from, item); },
                 [&](wire::trailer_section& trailer) {
                   emit(from, item.at, item.size, std::move(trailer));
                 },
                 [&](wire::message_end&) { take_end(from, item); },
                 [&](wire::wire_error error) {
                   if (&from == &requests) requests_unclear = true;
                   emit(from, item.at, item.size, wire_fault{.what = error});
                 },
                 [&](wire::left_http) { take_left(from, item.at); },
             },
             item.what);
}

void conversation::state::take_request(wire::http_item& item) {
  auto& head = std::get<wire::request_head>(item.what);
  requests.body_left = sure_octets(wire::framing_of(head));
  request_may_switch = may_switch(head);
  responses.http.expect_answer_to(head.method);
  unanswered.push_back(request_may_switch ? head : wire::request_head{.method = head.method});
  emit(requests, item.at, item.size, std::move(head));
}

// A server may answer before it has read the whole request (408, or 400 to half a head), and what
// it makes of requests that break rules is its own.
bool conversation::state::was_asked_for(const wire::response_head& head) const {
  const bool half_a_request = requests.http.http_offset() < requests.fed;
  return !unanswered.empty() || requests_unclear || half_a_request ||
         requests.now == mode::opaque || head.status == 408;
}

void conversation::state::take_response(wire::http_item& item) {
  auto& head = std::get<wire::response_head>(item.what);
  if (!was_asked_for(head))
    emit(responses, item.at, item.size, wire_fault{.what = wire::wire_error::unexpected_response});

  const octets method = unanswered.empty() ? "GET" : unanswered.front().method;
  const wire::body_framing framing = wire::framing_of(head, method);
  responses.body_left = sure_octets(framing);
  server_events.reset();
  if (framing.kind != wire::framing_kind::none && holds_event_stream(head))
    server_events.emplace(limits.sse);

  response_switches = framing.kind == wire::framing_kind::tunnel;
  const bool final = !is_interim(head);
  const bool unknown_method = final && unanswered.empty() && is_guessed() && ++guesses > 1;
  answer(head, item);
  if (!unknown_method || response_switches || framing.kind == wire::framing_kind::none) return;
  emit(responses, item.at + item.size, 0, tunnel_open{.protocol = "unknown"});
  responses.now = mode::opaque;
}

// Behind octets that are no request to us, but may be several to a server, the first answer is to
// none that we would have known as HEAD. Of any other nobody can say how long it is (RFC 9112
// §6.3).
bool conversation::state::is_guessed() const {
  return requests.now == mode::opaque && !agreed;
}

/// Takes the request off the list that `head` answers, and gives the head.
void conversation::state::answer(wire::response_head& head, const wire::http_item& item) {
  std::optional<wire::request_head> request;
  const bool interim = is_interim(head);
  if (!interim && !unanswered.empty()) {
    request = unanswered.take_front();
  } else if (!unanswered.empty()) {
    request = unanswered.front();
  }
  if (response_switches && head.status == 101)
    agree_on_upgrade(head, request, item);
  else if (response_switches)
    agreed = agreement{.protocol = "connect", .deflate = {}};
  emit(responses, item.at, item.size, std::move(head));
  // Held octets follow the last request there is: once that is refused, they are HTTP.
  if (!response_switches && !interim && unanswered.empty()) release_held();
}

void conversation::state::agree_on_upgrade(const wire::response_head& head,
                                           const std::optional<wire::request_head>& request,
                                           const wire::http_item& item) {
  agreed = agreement{.protocol = protocol_of(head, request), .deflate = {}};
  if (agreed->protocol != "websocket") return;
  agreed->deflate = answered_deflate(head);
  if (!request || !wire::asks_for_websocket(*request)) return;
  for (const wire::wire_error error : wire::judge_handshake(*request, head).deviations)
    emit(responses, item.at, item.size, wire_fault{.what = error});
}

void conversation::state::take_body(stream& from, wire::http_item& item) {
  auto& piece = std::get<wire::body_piece>(item.what);
  std::vector<wire::sse_item> items;
  if (&from == &responses && server_events) server_events->feed(piece.data, item.at, items);
  emit(from, item.at, item.size, std::move(piece));
  give_server_events(items);
}

void conversation::state::give_server_events(std::vector<wire::sse_item>& items) {
  for (wire::sse_item& item : items) {
    std::visit(overloaded{
                   [&](wire::wire_error error) {
                     emit(responses, item.at, item.size, wire_fault{.what = error});
                   },
                   [&](auto& what) { emit(responses, item.at, item.size, std::move(what)); },
               },
               item.what);
  }
}

void conversation::state::take_end(stream& from, wire::http_item& item) {
  from.body_left = 0;
  if (&from == &responses && server_events) {
    std::vector<wire::sse_item> items;
    server_events->finish(items);
    server_events.reset();
    give_server_events(items);
  }
  emit(from, item.at, item.size, std::get<wire::message_end>(item.what));
  // An early answer may have decided already.
  const bool decided = agreed || unanswered.empty();
  if (&from == &requests && request_may_switch && !decided && !requests.http.left())
    requests.now = mode::held;
}

void conversation::state::take_left(stream& from, std::uint64_t at) {
  if (&from == &responses && response_switches) {
    begin_tunnel(responses, at, *agreed);
    switch_requests();
    return;
  }
  if (&from == &requests && agreed) {
    // What came behind the request and was taken for HTTP until now is not kept.
    const bool clean = at == requests.fed;
    begin_tunnel(requests, at, clean ? *agreed : agreement{.protocol = "unknown", .deflate = {}});
    return;
  }
  emit(from, at, 0, tunnel_open{.protocol = "unknown"});
  from.now = mode::opaque;
  if (&from == &requests)
    requests_unclear = true;
  else
    release_held();  // no answer will tell: HTTP is as good a guess as any
}

void conversation::state::release_held() {
  if (requests.now != mode::held) return;
  requests.now = mode::http;
  const octets held = std::exchange(requests.held, {});
  feed(requests, held);
  if (requests.ended) finish(requests);
}

/// The response side has left HTTP; the request side follows at its next message border.
void conversation::state::switch_requests() {
  if (requests.now == mode::http) {
    std::vector<wire::http_item> items;
    if (!requests.http.left()) requests.http.leave(items);
    for (wire::http_item& item : items)
      take(requests, item);
  } else if (requests.now == mode::held) {
    const octets held = std::exchange(requests.held, {});
    begin_tunnel(requests, requests.fed, *agreed);
    feed(requests, held);
    if (requests.ended) finish(requests);
  }
}

void conversation::state::begin_tunnel(stream& from, std::uint64_t at, const agreement& terms) {
  emit(from, at, 0, tunnel_open{.protocol = terms.protocol});
  if (terms.protocol != "websocket") {
    from.now = mode::opaque;
    return;
  }
  from.frames.emplace(
      wire::websocket_settings{
          .from_client = &from == &requests, .deflate = terms.deflate, .limits = limits.websocket},
      at);
  from.now = mode::websocket;
}

void conversation::state::finish(stream& from) {
  if (from.now == mode::http) {
    std::vector<wire::http_item> items;
    from.http.finish(items);
    for (wire::http_item& item : items)
      take(from, item);
  } else if (from.now == mode::websocket) {
    std::vector<wire::websocket_item> items;
    from.frames->finish(items);
    give_frames(from, items);
  }
}

conversation::conversation(bool halley_is_client, sink give, conversation_limits limits)
    : state_(std::make_unique<state>(halley_is_client, std::move(give), limits)) {
}
conversation::~conversation() = default;

void conversation::octets_seen(direction dir, octet_view data, std::chrono::nanoseconds t) {
  state::stream& from = state_->of(dir);
  if (from.ended) return;
  state_->now = t;
  state_->feed(from, data);
}

void conversation::end_seen(direction dir, std::chrono::nanoseconds t) {
  state::stream& from = state_->of(dir);
  if (std::exchange(from.ended, true)) return;
  state_->now = t;
  state_->finish(from);
}

std::uint64_t conversation::payload_left(direction dir) const {
  const state::stream& from = state_->of(dir);
  switch (from.now) {
    case state::mode::http:
      return from.body_left;
    case state::mode::held:
      return 0;
    case state::mode::websocket:
      return from.frames->payload_left();
    case state::mode::opaque:
      break;
  }
  return std::numeric_limits<std::uint64_t>::max();
}

bool conversation::reads_frames(direction dir) const {
  return state_->of(dir).now == state::mode::websocket;
}

}  // namespace halley::trace
