#include "draft/draft.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "capture/flow_sink.hpp"
#include "draft/client_side.hpp"
#include "draft/draft_text.hpp"
#include "draft/endpoint_names.hpp"
#include "draft/recorded.hpp"
#include "draft/server_side.hpp"
#include "draft/step_list.hpp"
#include "draft/tunnel.hpp"
#include "inspect/verdict.hpp"
#include "scenario/written_value.hpp"
#include "trace/event.hpp"
#include "wire/http_message.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::draft {
namespace {

namespace written = scenario::written;
using capture::side;

constexpr std::size_t most_steps = 2'000;

std::string name_of(const recorded_connection& one) {
  return "connection " + std::to_string(one.opening.number);
}

/// Why one connection cannot be drafted; empty where it can.
std::string refusal_of(const recorded_connection& one) {
  const std::string& protocol = one.verdict.protocol;
  if (protocol != "http" && protocol != "sse" && protocol != "ws")
    return protocol.empty() ? "nothing was said on it" : "it speaks " + printable(protocol, 60);
  if (one.data[0].empty()) return "its server spoke without being asked";
  if (!one.opening.whole) return "the capture begins inside of it";
  if (!one.verdict.not_judged.empty()) return one.verdict.not_judged.front().reason;
  return {};
}

/// Why one request cannot be sent again; empty where it can.
std::string refusal_of(const wire::request_head& head) {
  if (head.method == "CONNECT") return "it asks for a tunnel, and what is behind it is not known";
  const octets target = ascii::to_lower(head.target);
  if (target.starts_with("http://") || target.starts_with("https://"))
    return "it asks a proxy, and the server behind it is not known";
  return {};
}

/// Whether it is the reference gateway that answers: other servers mean other things by its paths.
bool is_ours(const recorded& from) {
  return std::ranges::any_of(from.deeds, [](const deed& one) {
    const auto* head = std::get_if<wire::response_head>(&one.what.what);
    return head != nullptr && head->fields.first("Server") == "halley";
  });
}

/// Makes a draft.
class drafting {
public:
  drafting(const recorded& from, const std::vector<endpoint_name>& endpoints)
      : from_(from),
        words_{
            .endpoints = endpoint_names(is_ours(from) ? endpoints : std::vector<endpoint_name>()),
            .family = {},
            .asked_ids = {}} {
    look_ahead();
  }

  std::string refusal() const;
  void play();
  std::string play_tunnel() { return draft_tunnel(from_, steps_); }

  const step_list& steps() const { return steps_; }
  std::set<std::string> endpoints() const;
  std::set<std::string> needs() const;
  bool has_secrets() const { return secrets_; }

private:
  struct line {
    explicit line(client_side&& c, server_side&& s) : client(std::move(c)), server(std::move(s)) {}
    client_side client;
    server_side server;
    std::uint64_t known = 0;  ///< octets of the client, so far
    bool over = false;        ///< the client has closed it
  };

  void look_ahead();
  void play(std::size_t index);
  void begin(const deed& one);
  void send_begun(std::size_t index, line& on);
  void take_client_end(const deed& one, std::size_t index, line& on);
  std::string conn_of(std::size_t connection) const;
  bool server_speaks_after(std::size_t index) const;

  const recorded& from_;
  draft_words words_;
  step_list steps_;
  std::vector<const trace::event*> next_step_;  ///< the client's next step, behind each deed
  std::map<std::size_t, const trace::event*> first_requests_;
  std::map<std::size_t, line> lines_;
  std::chrono::nanoseconds last_{0};
  bool secrets_ = false;
};

void drafting::look_ahead() {
  next_step_.resize(from_.deeds.size(), nullptr);
  std::vector<const trace::event*> next(from_.connections.size(), nullptr);
  for (std::size_t i = from_.deeds.size(); i-- > 0;) {
    const deed& one = from_.deeds[i];
    next_step_[i] = next[one.connection];
    if (one.is != deed::kind::event || one.from != side::client) continue;
    if (client_side::begins_step(one.what)) next[one.connection] = &one.what;
    const auto* head = std::get_if<wire::request_head>(&one.what.what);
    if (head == nullptr) continue;
    first_requests_[one.connection] = &one.what;
    if (const auto id = head->fields.first("Last-Event-ID")) words_.asked_ids.insert(*id);
    for (const char* name : {"Authorization", "Cookie", "Proxy-Authorization"})
      secrets_ = secrets_ || head->fields.has(name);
  }
}

std::string drafting::refusal() const {
  if (!from_.refusal.empty()) return from_.refusal;
  for (const recorded_connection& one : from_.connections)
    if (const auto why = refusal_of(one); !why.empty()) return name_of(one) + ": " + why;
  for (const deed& one : from_.deeds) {
    std::string why;
    if (const auto* head = std::get_if<wire::request_head>(&one.what.what)) why = refusal_of(*head);
    const auto* tunnel = std::get_if<trace::tunnel_open>(&one.what.what);
    if (tunnel != nullptr && tunnel->protocol != "websocket" && tunnel->protocol != "unknown")
      why = "it goes on as " + printable(tunnel->protocol, 60) + ", which no scenario speaks";
    if (!why.empty()) return name_of(from_.connections[one.connection]) + ": " + why;
  }
  return {};
}

std::string drafting::conn_of(std::size_t connection) const {
  if (from_.connections.size() == 1) return {};
  return "c" + std::to_string(from_.connections[connection].opening.number);
}

void drafting::begin(const deed& one) {
  const recorded_connection& connection = from_.connections[one.connection];
  words_.family = connection.verdict.protocol == "ws" ? "ws" : "http";
  const auto conn = conn_of(one.connection);
  const auto first = first_requests_.find(one.connection);
  client_side client(conn, connection.data[0],
                     first == first_requests_.end() ? nullptr : first->second, words_, steps_);
  steps_.add(conn, "open",
             written::map({{"to", written::text("${target." + client.endpoint() + "}")}}));
  lines_.emplace(one.connection,
                 line(std::move(client), server_side(conn, connection.verdict, words_, steps_)));
}

bool drafting::server_speaks_after(std::size_t index) const {
  const deed& end = from_.deeds[index];
  return std::any_of(from_.deeds.begin() + static_cast<std::ptrdiff_t>(index), from_.deeds.end(),
                     [&](const deed& one) {
                       return one.connection == end.connection && one.from == side::server &&
                              one.is == deed::kind::octets;
                     });
}

void drafting::take_client_end(const deed& one, std::size_t index, line& on) {
  on.client.send_rest(on.known);
  const bool half = one.is == deed::kind::fin && server_speaks_after(index);
  on.over = !half;
  const char* how = one.is == deed::kind::rst ? "rst" : half ? "write" : "fin";
  steps_.add(conn_of(one.connection), "close", written::text(how));
}

/// The server answers when the client is in the middle of something: that is sent first, as a whole
/// where it is to be one. What never will be a whole message is sent as far as it came.
void drafting::send_begun(std::size_t index, line& on) {
  const trace::event* const next = next_step_[index];
  if (on.client.sent() >= on.known) return;
  if (next == nullptr || next->off >= on.known) return on.client.send_rest(on.known);
  on.client.send_rest(next->off);
  on.client.take(*next);
  on.client.send_rest(on.known);
}

void drafting::play(std::size_t index) {
  const deed& one = from_.deeds[index];
  if (one.is == deed::kind::opened) return begin(one);
  line& on = lines_.at(one.connection);
  if (on.over) return;
  const auto waited = one.t - std::exchange(last_, one.t);
  const bool by_client = one.from == side::client;
  if (one.is == deed::kind::octets) {
    if (by_client) on.known = one.known;
    return;
  }
  // What another connection or the other side does comes behind the body that came before it.
  for (auto& [number, other] : lines_)
    if (by_client || number != one.connection) other.server.flush();
  words_.family = from_.connections[one.connection].verdict.protocol == "ws" ? "ws" : "http";
  if (by_client) {
    if (one.is == deed::kind::event)
      on.client.take(one.what);
    else
      take_client_end(one, index, on);
    return;
  }
  send_begun(index, on);
  if (one.is == deed::kind::event) {
    on.server.take(one.what, waited, on.client.nonce());
    if (on.server.deflates()) on.client.deflate_agreed();
  } else {
    on.server.closed(waited);
    on.over = true;
  }
}

void drafting::play() {
  if (!from_.deeds.empty()) last_ = from_.deeds.front().t;
  for (std::size_t i = 0; i < from_.deeds.size(); ++i)
    play(i);
  for (auto& [number, one] : lines_) {
    if (!one.over) one.client.send_rest(one.known);
    one.server.flush();
  }
  steps_.drop_last_close();
}

std::set<std::string> drafting::endpoints() const {
  std::set<std::string> result;
  for (const auto& [number, one] : lines_)
    result.insert(one.client.endpoint());
  return result;
}

std::set<std::string> drafting::needs() const {
  std::set<std::string> result;
  if (has_tunnel(from_)) return {"proxy.connect"};
  for (const recorded_connection& one : from_.connections)
    if (one.verdict.protocol != "http") result.insert(one.verdict.protocol + ".server");
  for (const auto& [number, one] : lines_)
    if (one.server.deflates()) result.insert("ws.permessage-deflate");
  return result;
}

}  // namespace

drafted draft_scenario(const recorded& from,
                       const std::vector<endpoint_name>& endpoints,
                       const std::string& source) {
  drafted result;
  drafting made(from, endpoints);
  const bool tunnel = has_tunnel(from);
  result.refusal = tunnel ? from.refusal : made.refusal();
  if (!result.refusal.empty() || from.connections.empty()) return result;
  if (tunnel)
    result.refusal = made.play_tunnel();
  else
    made.play();
  if (!result.refusal.empty()) return result;
  std::string numbers;
  for (const recorded_connection& one : from.connections)
    numbers += (numbers.empty() ? "" : "-") + std::to_string(one.opening.number);
  const std::string protocol = tunnel ? "tunnel" : from.connections.front().verdict.protocol;
  if (made.steps().requirements().empty())
    result.refusal = "the server answered nothing that could be expected";
  else if (made.steps().steps().size() > most_steps)
    result.refusal = "it would have more steps than a scenario may";
  if (!result.refusal.empty()) return result;
  const auto needs = made.needs();
  draft_head head{.id = "captured/" + protocol + "/connection-" + numbers,
                  .title = "What was captured on connection " + numbers,
                  .about = "Drafted by halley inspect from " + printable(source, 200) + ".",
                  .of_proxy = tunnel,
                  .needs = {needs.begin(), needs.end()},
                  .tags = {"captured"}};
  head.title.resize(std::min<std::size_t>(head.title.size(), 100));
  result.text = file_text(head, made.steps());
  for (const auto& one : made.endpoints())
    result.endpoints.push_back(one);
  if (made.has_secrets())
    result.notes.emplace_back("it holds credentials or cookies of the capture");
  return result;
}

}  // namespace halley::draft
