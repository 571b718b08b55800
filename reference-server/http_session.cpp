#include "reference-server/http_session.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/access.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/forward.hpp"
#include "reference-server/forward_head.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "reference-server/services.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace halley::gateway {
namespace {

struct route {
  octet_view path;     // without the key
  bool keyed = false;  // path/KEY
  octet_view allow;    // methods; empty = any
  awaitable<void> (*serve)(exchange&) = nullptr;
  bool guarded = false;  // asks for the push credentials
};

constexpr octet_view get = "GET, HEAD, OPTIONS";
/// For these 405, for others 501. Source: RFC 9110 §9.1.
constexpr octet_view known_methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, CONNECT";

constexpr auto routes = std::to_array<route>({
    {"/", false, "GET, HEAD, POST, OPTIONS", http_echo},
    {"/echo", false, "GET, OPTIONS", websocket_echo},
    {"/echo-small", false, "GET, OPTIONS", websocket_echo_small},
    {"/echo-subprotocol", false, "GET, OPTIONS", websocket_echo_subprotocol},
    {"/topics", true, "GET, OPTIONS", websocket_topic, true},
    {"/http-echo", false, "", http_echo},
    {"/impatient", false, "", impatient_echo},
    {"/inspect", false, "", inspect},
    {"/comet", false, "GET, POST, OPTIONS", comet},
    {"/comet-handler", false, "GET, POST, OPTIONS", comet_handler},
    {"/comet-log", true, get, comet_history},
    {"/comet-end", true, "POST, OPTIONS", comet_end},
    {"/comet-write", true, "POST, OPTIONS", comet_write},
    {"/sse", true, get, event_stream, true},
    {"/sse-for-few", true, get, event_stream_for_few, true},
    {"/poll", true, get, long_poll, true},
    {"/poll-for-few", true, get, long_poll_for_few, true},
    {"/stream", true, get, line_stream, true},
    {"/publish", true, "POST, OPTIONS", publish, true},
    {"/about-topic", true, "GET, HEAD, DELETE, OPTIONS", about_topic, true},
    {"/status", false, get, status},
});

constexpr duration hasty_timeout = std::chrono::milliseconds(100);  // of a mutant
constexpr duration never = std::chrono::hours(24);                  // of those that never give up

constexpr std::size_t maximum_key = 128;

bool is_key(octet_view text) {
  return !text.empty() && text.size() <= maximum_key && std::ranges::all_of(text, [](char c) {
    return ascii::is_tchar(c) || c == ':' || c == '@';
  });
}

const route* find_route(octet_view path, octets& key) {
  for (const route& one : routes) {
    if (!one.keyed) {
      if (path == one.path) return &one;
      continue;
    }
    if (!path.starts_with(one.path) || path.size() <= one.path.size() + 1) continue;
    const octet_view rest = path.substr(one.path.size());
    if (rest.front() != '/' || !is_key(rest.substr(1))) continue;
    key = rest.substr(1);
    return &one;
  }
  return nullptr;
}

/// Methods are case-sensitive, unlike the tokens of most lists. Source: RFC 9112 §3.1.
bool lists_method(octet_view list, octet_view method) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(", "), list.size());
    if (list.substr(0, end) == method) return true;
    list.remove_prefix(std::min(end + 2, list.size()));
  }
  return false;
}

awaitable<void> answer_options(exchange& with, octet_view allow) {
  response answer;
  answer.status = 204;
  answer.fields.push_back({"Allow", octets(allow)});
  co_await with.respond(std::move(answer));
}

awaitable<void> refuse_method(exchange& with, octet_view allow) {
  response answer = text(405, "method not allowed\n");
  if (!with.settings().mutant("no-allow")) answer.fields.push_back({"Allow", octets(allow)});
  co_await with.respond(std::move(answer));
}

/// TRACE as it was before credentials were left out. Source: RFC 9110 §9.3.8.
response reflect(const request& head) {
  response answer;
  answer.fields.push_back({"Content-Type", "message/http"});
  answer.body = head.method + " " + head.target + " HTTP/1.1\r\n";
  for (const field& one : head.fields)
    answer.body += one.name + ": " + one.value + "\r\n";
  return answer;
}

/// What a mutant answers to a request that it should have refused, or served in another way.
std::optional<response> wrong_answer(const request& head, const options& how) {
  if (how.mutant("connect-is-get") && head.method == "CONNECT") return text(200, "OK");
  if (how.mutant("trace-shows-all") && head.method == "TRACE") return reflect(head);
  if (how.mutant("unknown-method-405") && !lists_method(known_methods, head.method))
    return text(405, "method not allowed\n");
  // As a redirect that takes its address from the query, octets and all.
  const auto to = head.parameter("to");
  if (how.mutant("target-splits-answer") && to) {
    response answer = text(302, "there\n");
    answer.fields.push_back({"Location", *to});
    return answer;
  }
  const octets* const protocol = head.find("Upgrade");
  if (how.mutant("upgrade-to-anything") && protocol != nullptr &&
      !head.has_token("Upgrade", "websocket")) {
    response answer;
    answer.status = 101;
    answer.fields = {{"Upgrade", *protocol}, {"Connection", "Upgrade"}};
    return answer;
  }
  return std::nullopt;
}

/// Whether a route's service answers this method. OPTIONS is answered for it.
bool serves(const route& one, const request& head, const options& how) {
  if (one.allow.empty()) return true;
  if (how.mutant("any-method-upgrades") && head.has_token("Upgrade", "websocket")) return true;
  return lists_method(one.allow, head.method) && head.method != "OPTIONS";
}

/// What answers a request that has come to `found`.
awaitable<void> answer(exchange& with, const route& found) {
  const octets& method = with.head().method;
  if (serves(found, with.head(), with.settings())) return found.serve(with);
  if (method == "OPTIONS") return answer_options(with, found.allow);
  if (!lists_method(known_methods, method)) return with.refuse(501, "method not known\n");
  return refuse_method(with, found.allow);
}

awaitable<void> admit_and_answer(exchange& with, const route* found) {
  const entry to{found->allow, found->guarded};
  const bool admitted = co_await admit(with, to);
  if (admitted) co_await answer(with, *found);
}

/// Chooses what serves a request. No coroutine of its own: what it looks at would stay for as long
/// as the service, which may be days.
awaitable<void> dispatch(exchange& with) {
  const request& head = with.head();
  if (auto wrong = wrong_answer(head, with.settings())) return with.respond(std::move(*wrong));
  if (head.method == "CONNECT") return connect_proxy(with);
  if (head.path == "*") return answer_options(with, "GET, HEAD, POST, OPTIONS, CONNECT");
  if (auto onward = onward_of(head, with.peer().lower().local(), with.settings())) {
    if (const auto* const bad = std::get_if<refusal>(&*onward))
      return with.refuse(bad->status, octets(bad->why) + "\n");
    return forward(with, std::get<gateway::onward>(std::move(*onward)));
  }
  const route* const found = find_route(head.path, with.key);
  if (found == nullptr) return with.refuse(404, "nothing here\n");
  return admit_and_answer(with, found);
}

enum class arrival { request, refused, gone };

struct next_request {
  arrival what = arrival::gone;
  request head;
  refusal why;
  bool taken = false;  // the head that is refused was whole, and is no longer in the input
};

/// Drops empty lines in front of a request line. Source: RFC 9112 §2.2.
void skip_empty_lines(connection& on) {
  while (on.input().starts_with("\r\n"))
    on.consume(2);
}

/// Looks at what is there. Returns: nothing while more has to come.
std::optional<next_request> try_request(connection& on) {
  const options& how = on.shared().settings;
  if (!how.mutant("empty-line-refused")) skip_empty_lines(on);
  const auto found = find_head(on.input(), how);
  next_request result;
  result.what = arrival::refused;
  if (const auto* bad = std::get_if<refusal>(&found)) {
    result.why = *bad;
    return result;
  }
  const std::size_t size = std::get<std::size_t>(found);
  if (size == 0) {
    const std::size_t line = on.input().find("\r\n");
    if (line == octet_view::npos) return std::nullopt;
    const auto bad = check_request_line(on.input().substr(0, line), how);
    if (!bad) return std::nullopt;
    result.why = *bad;
    return result;
  }
  auto parsed = parse_head(on.input().substr(0, size), how);
  const bool refused = std::holds_alternative<refusal>(parsed);
  if (refused && how.mutant("comet-begins-refused"))
    begin_unchecked(on, on.input().substr(0, size));
  on.consume(size);
  if (const auto* bad = std::get_if<refusal>(&parsed)) {
    result.why = *bad;
    result.taken = true;
    return result;
  }
  result.what = arrival::request;
  result.head = std::get<request>(std::move(parsed));
  if (result.head.expects_continue && !on.input().empty() && how.mutant("continue-skips-body"))
    result.head.body = framing::none;
  return result;
}

duration head_patience(connection& on) {
  const options& how = on.shared().settings;
  if (how.mutant("hasty-head-timeout")) return hasty_timeout;
  if (how.mutant("head-timeout-never")) return never;
  return on.patience(how.http_header_timeout);
}

/// Whether what came behind `looked` octets may tell more of a head: only ends of lines and other
/// controls do, or that there is too much of it.
bool tells_more(const connection& on, std::size_t looked, std::size_t most) {
  const octet_view input = on.input();
  if (looked == 0 || looked > input.size() || input.size() >= most) return true;
  return std::ranges::any_of(input.substr(looked - 1),
                             [](char c) { return static_cast<unsigned char>(c) <= '\r'; });
}

/// Waits for the next request. A peer that ends inside a head sent no request (RFC 9112 §8).
awaitable<std::unique_ptr<next_request>> await_request(connection& on) {
  const options& how = on.shared().settings;
  const bool kept = how.mutant("idle-timeout-never");
  instant deadline = on.shared().now() + (kept ? never : on.patience(how.http_keepalive_timeout));
  bool begun = false;
  std::size_t looked = 0;
  for (;;) {
    if (tells_more(on, looked, how.http_maximum_head_size))
      if (auto found = try_request(on)) co_return std::make_unique<next_request>(std::move(*found));
    looked = on.input().size();
    if (!begun && !on.input().empty()) {
      begun = true;
      deadline = on.shared().now() + head_patience(on);
    }
    const bool leak = how.mutant("leaks-close-wait") && on.peer() == connection::inbound::ended;
    if ((on.peer() != connection::inbound::open && !leak) || on.closed()) {
      if (begun && how.mutant("comet-begins-unfinished")) begin_unchecked(on, on.input());
      co_return std::make_unique<next_request>();
    }
    if (!begun && on.shared().stopping) co_return std::make_unique<next_request>();
    if (on.shared().now() >= deadline) {
      auto none = std::make_unique<next_request>();
      if (begun) {
        none->what = arrival::refused;
        none->why = refusal{408, "head too slow"};
      } else if (how.mutant("idle-close-resets")) {
        on.cut();
      }
      co_return none;
    }
    co_await on.changed(deadline);
  }
}

awaitable<void> send_refusal(connection& on, refusal why) {
  ++on.shared().stages["http"].refused;
  const bool large = why.status == 414 || why.status == 431;
  const char* const silent = large ? "large-head-unanswered" : "malformed-unanswered";
  if (on.shared().settings.mutant("garbage-is-fatal") && !on.input().empty() &&
      (octet_at(on.input(), 0) < ' ' || octet_at(on.input(), 0) > '~'))
    on.shared().stopping = true;
  if (on.shared().settings.mutant(silent)) co_return;
  request nothing;
  nothing.close = !on.shared().settings.mutant("serves-after-refusal");
  exchange with(on, std::move(nothing));
  const octets reason = octets(why.why) + "\n";
  co_await with.refuse(why.status, reason);
}

/// What mutants never free behind a client that left in the middle. Two such ends take all there
/// is.
void leak_slots(exchange& with) {
  if (with.peer().peer() == connection::inbound::open) return;
  const request& head = with.head();
  const options& how = with.settings();
  const bool leaks = (how.mutant("chunked-leaver-leaks") && head.body == framing::chunked) ||
                     (how.mutant("continue-leaver-leaks") && head.expects_continue) ||
                     (how.mutant("comet-leaver-leaks") && head.path == "/comet") ||
                     (how.mutant("sse-leaver-leaks") && head.path.starts_with("/sse/")) ||
                     (how.mutant("poll-leaver-leaks") && head.path.starts_with("/poll/"));
  if (leaks) with.shared().slots_lost += how.maximum_connections / 2;
}

/// Returns: whether another request may follow.
awaitable<bool> serve_one(connection& on) {
  auto next = co_await await_request(on);
  if (next->what == arrival::refused) co_await send_refusal(on, next->why);
  if (next->taken && on.shared().settings.mutant("serves-after-refusal")) co_return true;
  if (next->what != arrival::request) co_return false;
  const in_stage counted(on.shared().stages["http"]);
  exchange with(on, std::move(next->head));
  next.reset();
  if (on.shared().stopping) with.close_after();
  co_await dispatch(with);
  leak_slots(with);
  co_await with.drain();
  const options& how = on.shared().settings;
  const bool lost = how.mutant("upgrade-loses-next") && with.head().count("Upgrade") != 0;
  if (how.mutant("pipeline-drops-second") || lost) on.consume(on.input().size());
  if (how.mutant("closes-without-word")) co_return false;
  co_return with.persistent() && !on.closed() && !on.shared().stopping;
}

/// Closes the connection however its service ends.
class at_end {
public:
  explicit at_end(connection& on) : on_(on) {}
  at_end(const at_end&) = delete;
  at_end& operator=(const at_end&) = delete;
  ~at_end() { on_.cut(); }

private:
  connection& on_;
};

}  // namespace

awaitable<void> serve_http(std::shared_ptr<connection> on) {
  const at_end cut_otherwise(*on);
  bool more = true;
  while (more)
    more = co_await serve_one(*on);
  co_await on->finish();
}

}  // namespace halley::gateway
