#include "reference-server/client/reference_client.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "reference-server/client/client_frames.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/conversation.hpp"
#include "reference-server/client/event_source.hpp"
#include "reference-server/client/http_agent.hpp"
#include "reference-server/client/http_request.hpp"
#include "reference-server/client/opening.hpp"
#include "reference-server/client/web_address.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "reference-server/topic.hpp"
#include "reference-server/websocket.hpp"
#include "transport/runtime.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::gateway {
namespace {

using nlohmann::json;

constexpr std::size_t reason_maximum = 123;  // octets; a Close has 125: RFC 6455 §5.5

/// Why a command is not taken.
struct objection {
  std::string why;
  bool unsupported = false;
};
using outcome = std::optional<objection>;

std::string text_of(const json& line, const char* name) {
  const auto at = line.find(name);
  return at != line.end() && at->is_string() ? at->get<std::string>() : std::string();
}

bool flag_of(const json& line, const char* name, bool otherwise) {
  const auto at = line.find(name);
  return at != line.end() && at->is_boolean() ? at->get<bool>() : otherwise;
}

outcome read_protocols(const json& line, opening& into) {
  const auto at = line.find("protocols");
  if (at == line.end()) return std::nullopt;
  if (!at->is_array()) return objection{"protocols is no list"};
  for (const json& one : *at) {
    // Each a token, none twice (RFC 6455 §4.1).
    if (!one.is_string() || !ascii::is_token(one.get_ref<const std::string&>()))
      return objection{"a subprotocol is a token"};
    const auto name = one.get<std::string>();
    if (std::ranges::find(into.protocols, name) != into.protocols.end())
      return objection{"a subprotocol twice"};
    into.protocols.push_back(name);
  }
  return std::nullopt;
}

outcome read_fields(const json& line, std::vector<field>& into) {
  const auto at = line.find("headers");
  if (at == line.end()) return std::nullopt;
  if (!at->is_object()) return objection{"headers is no object"};
  const options strict;
  for (const auto& [name, value] : at->items()) {
    if (!value.is_string()) return objection{"a header is no text: " + name};
    auto one = parse_field(name + ":" + value.get<std::string>(), strict);
    if (!one || one->name != name) return objection{"no header: " + name};
    into.push_back(std::move(*one));
  }
  return std::nullopt;
}

/// Reads {"text"} or {"base64"}.
std::variant<websocket::message, objection> read_message(const json& line) {
  if (line.contains("text") == line.contains("base64"))
    return objection{"a message has either text or base64"};
  if (line.contains("text")) {
    websocket::message one{text_of(line, "text"), true};
    if (!is_utf8(one.data)) return objection{"text is no UTF-8"};
    return one;
  }
  auto data = from_base64(text_of(line, "base64"));
  if (!data) return objection{"bad base64"};
  return websocket::message{std::move(*data), false};
}

/// Whether an application may close with `code`. Source: RFC 6455 §7.4.
bool may_close_with(std::int64_t code) {
  const bool standard = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
  return standard || (code >= 3000 && code <= 4999);
}

std::variant<client_frames::close_frame, objection> read_close(const json& line) {
  client_frames::close_frame result;
  result.reason = text_of(line, "reason");
  if (result.reason.size() > reason_maximum || !is_utf8(result.reason))
    return objection{"a reason is UTF-8 of 123 octets at most"};
  const auto at = line.find("code");
  if (at == line.end() || at->is_null()) {
    // A reason stands behind a code (RFC 6455 §5.5.1).
    if (!result.reason.empty()) result.code = 1000;
    return result;
  }
  if (!at->is_number_integer() || !may_close_with(at->get<std::int64_t>()))
    return objection{"no code to close with"};
  result.code = static_cast<std::uint16_t>(at->get<std::int64_t>());
  return result;
}

outcome read_proxy(const json& line, http_request& into) {
  into.tunnel = flag_of(line, "tunnel", false);
  const std::string proxy = text_of(line, "proxy");
  if (proxy.empty()) {
    if (into.tunnel) return objection{"a tunnel leads through a proxy"};
    return std::nullopt;
  }
  auto address = parse_http_address(proxy);
  if (auto* const bad = std::get_if<std::string>(&address)) return objection{std::move(*bad), true};
  into.proxy = std::get<web_address>(std::move(address));
  return std::nullopt;
}

std::variant<http_request, objection> read_request(const json& line) {
  http_request what;
  const std::string to = text_of(line, "to");
  auto address = parse_http_address(to);
  if (auto* const bad = std::get_if<std::string>(&address))
    return objection{std::move(*bad), ascii::iequals(to.substr(0, 8), "https://")};
  what.to = std::get<web_address>(std::move(address));
  if (line.contains("method")) what.method = text_of(line, "method");
  // A tunnel is asked for with `tunnel`, and is of no use without what goes through it.
  if (!ascii::is_token(what.method) || what.method == "CONNECT") return objection{"no method"};
  if (line.contains("body")) what.body = text_of(line, "body");
  what.chunked = flag_of(line, "chunked", false);
  if (what.chunked && !what.body) return objection{"chunks of no body"};
  if (auto bad = read_proxy(line, what)) return std::move(*bad);
  if (auto bad = read_fields(line, what.fields)) return std::move(*bad);
  const auto is_own = [](const field& one) {
    return ascii::iequals(one.name, "Host") || ascii::iequals(one.name, "Content-Length") ||
           ascii::iequals(one.name, "Transfer-Encoding");
  };
  if (std::ranges::any_of(what.fields, is_own))
    return objection{"Host and the framing are the client's own", true};
  return what;
}

std::variant<event_source::wish, objection> read_stream(json line, const client_options& how) {
  for (const char* const key : {"method", "body", "chunked", "proxy", "tunnel"})
    line.erase(key);
  if (how.mutant("client-sse-bad-address-guessed")) {
    const std::string to = text_of(line, "to");
    line["to"] = to.substr(0, to.find(' '));
  }
  auto asked = read_request(line);
  if (auto* const bad = std::get_if<objection>(&asked)) return std::move(*bad);
  event_source::wish what;
  what.asked = std::get<http_request>(std::move(asked));
  if (how.mutant("client-sse-fragment-sent")) {
    const std::string to = text_of(line, "to");
    what.asked.to.target += to.substr(std::min(to.find('#'), to.size()));
  }
  if (line.contains("last-id") && !how.mutant("client-sse-given-id-lost"))
    what.last_id = text_of(line, "last-id");
  what.origin = text_of(line, "origin");
  what.credentials = flag_of(line, "credentials", false);
  const auto at = line.find("closes-after");
  if (at != line.end() && at->is_number_integer() && *at > 0)
    what.closes_after = at->get<std::size_t>();
  return what;
}

}  // namespace

/// What outlives the client object while its coroutines unwind.
class reference_client::running : public std::enable_shared_from_this<running> {
public:
  running(transport::runtime& world, client_options how, reporter tell)
      : world_(world),
        how_(std::make_shared<const client_options>(std::move(how))),
        tell_(std::move(tell)),
        work_(std::make_shared<clock::tasks>(world.get_executor(), world.time())) {}

  void command(const json& line) {
    if (!tell_ || !line.is_object()) return;
    const std::string session = text_of(line, "session");
    const std::string what = text_of(line, "do");
    outcome refused;
    // The answer goes out before anything happens.
    std::function<void()> act;
    if (session.empty())
      refused = objection{"no session"};
    else
      refused = prepare(what, session, line, act);
    json answer = {{"ok", !refused}};
    if (line.contains("id")) answer["id"] = line["id"];
    if (refused) {
      answer["error"] = refused->why;
      if (refused->unsupported) answer["unsupported"] = true;
    }
    tell_(answer);
    if (act) act();
  }

  void abort() {
    tell_ = nullptr;
    for (const auto& [name, one] : sessions_)
      one->drop();
    sessions_.clear();
    for (const auto& [name, one] : agents_)
      one->drop();
    agents_.clear();
    for (const auto& [name, one] : sources_)
      one->drop();
    sources_.clear();
  }

  clock::tasks& work() { return *work_; }
  instant stop_deadline() const { return world_.time().now() + how_->stop_timeout; }

private:
  outcome prepare(const std::string& what,
                  const std::string& session,
                  const json& line,
                  std::function<void()>& act) {
    const auto at = sessions_.find(session);
    const auto existing = at == sessions_.end() ? nullptr : at->second;
    if (what == "ws.connect") return connect(session, line, existing, act);
    if (what == "sse.connect") return subscribe(session, line, act);
    if (what == "http.request") return request(session, line, act);
    if (what == "end") {
      if (existing) existing->drop();
      sessions_.erase(session);
      if (const auto agent = agents_.extract(session)) agent.mapped()->drop();
      if (const auto source = sources_.extract(session)) source.mapped()->drop();
      return std::nullopt;
    }
    if (what != "ws.send" && what != "close") return objection{"no such command", true};
    if (what == "close" && !existing && sources_.contains(session)) {
      act = [source = sources_.at(session)] { source->close(); };
      return std::nullopt;
    }
    if (what == "close" && !existing && agents_.contains(session)) {
      act = [agent = agents_.at(session)] { agent->close(); };
      return std::nullopt;
    }
    if (!existing) return objection{"the session has no connection"};
    if (what == "close") {
      auto with = read_close(line);
      if (auto* const bad = std::get_if<objection>(&with)) return std::move(*bad);
      act = [existing, how = std::get<client_frames::close_frame>(with)] { existing->close(how); };
      return std::nullopt;
    }
    auto message = read_message(line);
    if (auto* const bad = std::get_if<objection>(&message)) return std::move(*bad);
    if (!existing->send(std::get<websocket::message>(std::move(message))))
      return objection{"too much waits to be sent"};
    return std::nullopt;
  }

  outcome connect(const std::string& session,
                  const json& line,
                  const std::shared_ptr<conversation>& existing,
                  std::function<void()>& act) {
    if (existing && !existing->ended()) return objection{"the session has a connection"};
    if (!existing && is_full()) return objection{"too many sessions"};
    const std::string to = text_of(line, "to");
    auto address = parse_web_address(to);
    if (auto* const bad = std::get_if<std::string>(&address))
      return objection{std::move(*bad), ascii::iequals(to.substr(0, 6), "wss://")};
    conversation::wish what;
    what.asked.to = std::get<web_address>(std::move(address));
    what.asked.deflate = flag_of(line, "compress", how_->deflate);
    what.asked.window = flag_of(line, "window", false);
    what.echo = flag_of(line, "echo", false);
    if (auto bad = read_protocols(line, what.asked)) return bad;
    if (auto bad = read_fields(line, what.asked.fields)) return bad;
    auto one = std::make_shared<conversation>(world_, how_, std::move(what), told_by(session));
    sessions_.insert_or_assign(session, one);
    act = [this, one] { one->start(*work_); };
    return std::nullopt;
  }

  outcome subscribe(const std::string& session, const json& line, std::function<void()>& act) {
    const auto at = sources_.find(session);
    if (at != sources_.end() && !at->second->ended())
      return objection{"the session has an event stream"};
    if (at == sources_.end() && is_full()) return objection{"too many sessions"};
    auto asked = read_stream(line, *how_);
    if (auto* const bad = std::get_if<objection>(&asked)) {
      if (bad->unsupported) return std::move(*bad);
      // As a constructor that throws: the application knows, nobody else does.
      act = [tell = told_by(session), why = bad->why] {
        tell({{"event", "app.error"}, {"text", why}});
        tell({{"event", "app.close"}, {"clean", false}});
      };
      return std::nullopt;
    }
    auto one = std::make_shared<event_source>(
        world_, how_, std::get<event_source::wish>(std::move(asked)), told_by(session));
    sources_.insert_or_assign(session, one);
    act = [this, one] { one->start(*work_); };
    return std::nullopt;
  }

  outcome request(const std::string& session, const json& line, std::function<void()>& act) {
    auto what = read_request(line);
    if (auto* const bad = std::get_if<objection>(&what)) return std::move(*bad);
    if (!agents_.contains(session) && is_full()) return objection{"too many sessions"};
    auto& agent = agents_[session];
    if (!agent) agent = std::make_shared<http_agent>(world_, how_, told_by(session));
    act = [this, agent, asked = std::get<http_request>(std::move(what))] {
      agent->request(asked, *work_);
    };
    return std::nullopt;
  }

  bool is_full() const {
    return sessions_.size() + agents_.size() + sources_.size() >= how_->maximum_sessions;
  }

  /// Who tells the events of a session.
  std::function<void(json)> told_by(const std::string& session) {
    return [self = weak_from_this(), session](json event) {
      const auto alive = self.lock();
      if (!alive || !alive->tell_) return;
      event["session"] = session;
      alive->tell_(event);
    };
  }

  transport::runtime& world_;
  const std::shared_ptr<const client_options> how_;
  reporter tell_;
  std::shared_ptr<clock::tasks> work_;
  std::map<std::string, std::shared_ptr<conversation>> sessions_;
  std::map<std::string, std::shared_ptr<http_agent>> agents_;
  std::map<std::string, std::shared_ptr<event_source>> sources_;
};

reference_client::reference_client(transport::runtime& world, client_options how, reporter tell)
    : running_(std::make_shared<running>(world, std::move(how), std::move(tell))) {
}

reference_client::~reference_client() {
  abort();
}

void reference_client::command(const nlohmann::json& line) {
  running_->command(line);
}

void reference_client::abort() {
  running_->abort();
}

awaitable<void> reference_client::stop() {
  const auto self = running_;
  self->abort();
  const instant deadline = self->stop_deadline();
  co_await self->work().wait_until(deadline);
  self->work().rethrow();
}

}  // namespace halley::gateway
