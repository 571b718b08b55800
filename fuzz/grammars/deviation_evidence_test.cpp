#include "fuzz/grammars/deviation_evidence.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "fuzz/live/exchange.hpp"
#include "trace/conversation.hpp"
#include "trace/event.hpp"
#include "wire/deflate.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_extension.hpp"
#include "wire/websocket_handshake.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace halley::fuzz {
namespace {

using wire::request_head;

constexpr std::size_t long_line = 8000;  // RFC 9112 §3: what every recipient is to take
constexpr std::size_t many_fields = 100;

/// uri-host [ ":" port ], where the host is an IPv4 address, a name or an address in brackets.
bool is_host(octet_view value) {
  octet_view port;
  if (value.starts_with('[')) {
    const auto end = value.find(']');
    if (end == octet_view::npos) return false;
    if (!std::ranges::all_of(
            value.substr(1, end - 1),
            [](char c) { return ascii::hex_digit(c) >= 0 || c == ':' || c == '.'; }) ||
        value.substr(0, end).find(':') == octet_view::npos)
      return false;
    port = value.substr(end + 1);
  } else {
    const auto end = value.find(':');
    const octet_view name = value.substr(0, end);
    if (name.empty() || !std::ranges::all_of(name, [](char c) {
          return octet_view("abcdefghijklmnopqrstuvwxyz0123456789-._~").find(ascii::to_lower(c)) !=
                 octet_view::npos;
        }))
      return false;
    if (end != octet_view::npos) port = value.substr(end);
  }
  return port.empty() ||
         (port.front() == ':' && std::ranges::all_of(port.substr(1), ascii::is_digit));
}

bool has_port(octet_view authority) {
  const octet_view port = authority.substr(authority.rfind(':') + 1);
  unsigned number = 0;
  const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
  return port.size() < authority.size() && read.ec == std::errc() &&
         read.ptr == port.data() + port.size() && number <= 65535;
}

void judge_target(const request_head& head, std::vector<std::string>& wrong) {
  const octet_view target = head.target;
  const auto scheme = target.find("://");
  if (target.size() > long_line) wrong.emplace_back("target-long");
  if (target.find('#') != octet_view::npos) wrong.emplace_back("fragment");
  if (target == "*") {
    if (head.method != "OPTIONS") wrong.emplace_back("asterisk");
    return;
  }
  if (head.method == "CONNECT") {
    if (!is_host(target) || !has_port(target)) wrong.emplace_back("authority");
    return;
  }
  if (target.starts_with('/')) return;
  if (scheme == octet_view::npos || scheme > 5) {
    wrong.emplace_back("target-form");
    return;
  }
  if (!ascii::iequals(target.substr(0, scheme), "http")) wrong.emplace_back("scheme");
  const octet_view behind = target.substr(scheme + 3);
  const octet_view authority = behind.substr(0, behind.find_first_of("/?"));
  if (!is_host(authority)) wrong.emplace_back("target-host");
  if (head.fields.first("Host") != authority) wrong.emplace_back("other-host");
}

void judge_host(const request_head& head, std::vector<std::string>& wrong) {
  const auto hosts = head.fields.all("Host");
  if (hosts.empty() && head.version >= wire::http_version{1, 1}) wrong.emplace_back("host-missing");
  if (hosts.size() > 1) wrong.emplace_back("host-twice");
  if (!hosts.empty() && !is_host(hosts.front())) wrong.emplace_back("host-invalid");
}

void judge_fields(const request_head& head, std::vector<std::string>& wrong) {
  for (const auto* name : {"Content-Type", "User-Agent", "Max-Forwards"})
    if (head.fields.all(name).size() > 1) wrong.emplace_back("singleton");
  for (const auto* name : {"Upgrade", "TE"})
    if (head.fields.has(name) && !head.fields.has_token("Connection", name))
      wrong.emplace_back("not-listed");
  if (head.fields.lines.size() > many_fields || head.raw.size() > long_line)
    wrong.emplace_back("head-long");
}

bool is_handshake(const request_head& head) {
  return head.fields.has("Sec-WebSocket-Key") || head.fields.has("Sec-WebSocket-Version") ||
         head.fields.has_token("Upgrade", "websocket");
}

bool deflate_offer_is_wrong(const wire::extension& offer) {
  if (offer.name != "permessage-deflate") return false;
  // In an offer the parameter may stand without a value. RFC 7692 §7.1.2.2.
  wire::extension judged = offer;
  for (auto& parameter : judged.parameters)
    if (parameter.name == "client_max_window_bits" && !parameter.value) parameter.value = "15";
  return !wire::parse_deflate_parameters(judged);
}

void judge_offers(const request_head& head, std::vector<std::string>& wrong) {
  const auto offers = head.fields.combined("Sec-WebSocket-Extensions");
  if (offers) {
    const auto elements = ascii::list_elements(*offers);
    if (elements.empty()) wrong.emplace_back("extension");
    for (const octets& element : elements) {
      const auto offer = wire::parse_extension(element);
      if (!offer || deflate_offer_is_wrong(*offer)) wrong.emplace_back("extension");
    }
  }
  auto protocols =
      ascii::list_elements(head.fields.combined("Sec-WebSocket-Protocol").value_or(""));
  if (!std::ranges::all_of(protocols, [](const octets& one) { return ascii::is_token(one); }))
    wrong.emplace_back("subprotocol");
  std::ranges::sort(protocols);
  if (std::ranges::adjacent_find(protocols) != protocols.end()) wrong.emplace_back("subprotocol");
}

void judge_handshake(const request_head& head, std::vector<std::string>& wrong) {
  if (head.method != "GET") wrong.emplace_back("handshake-method");
  if (head.version < wire::http_version{1, 1}) wrong.emplace_back("handshake-version");
  if (!head.fields.has_token("Upgrade", "websocket")) wrong.emplace_back("handshake-upgrade");
  if (!head.fields.has_token("Connection", "Upgrade")) wrong.emplace_back("handshake-connection");
  if (head.fields.all("Sec-WebSocket-Version") != std::vector<octets>{"13"})
    wrong.emplace_back("websocket-version");
  const auto keys = head.fields.all("Sec-WebSocket-Key");
  const auto key = keys.size() == 1 ? from_base64(keys.front()) : std::nullopt;
  if (!key || key->size() != 16) wrong.emplace_back("websocket-key");
  judge_offers(head, wrong);
}

void judge_head(const request_head& head, std::vector<std::string>& wrong) {
  static constexpr auto known = std::to_array<std::string_view>({"get", "post"});
  if (std::ranges::find(known, ascii::to_lower(head.method)) != known.end() &&
      std::ranges::any_of(head.method, [](char c) { return c >= 'a' && c <= 'z'; }))
    wrong.emplace_back("method-case");
  if (head.version.major != 1) wrong.emplace_back("major-version");
  judge_target(head, wrong);
  judge_host(head, wrong);
  judge_fields(head, wrong);
  if (is_handshake(head)) judge_handshake(head, wrong);
}

void judge_trailers(const wire::field_section& fields, std::vector<std::string>& wrong) {
  for (const auto* name : {"Content-Length", "Transfer-Encoding", "Host", "Connection", "TE"})
    if (fields.has(name)) wrong.emplace_back("trailer");
  for (const auto& line : fields.lines)
    if (line.raw.size() > long_line) wrong.emplace_back("trailer-long");
}

/// Reads what one side says as the other does.
class reading {
public:
  reading() : talk_(true, [this](trace::event&& one) { take(one); }) {}

  void play(const exchange& what) {
    for (const act& one : what.acts)
      talk_.octets_seen(trace::direction::out, one.data, {});
    answer();
    talk_.end_seen(trace::direction::out, {});
  }

  std::vector<std::string> wrong;

private:
  void take(const trace::event& one) {
    if (one.dir != trace::direction::out) return;
    if (const auto* fault = std::get_if<trace::wire_fault>(&one.what)) {
      wrong.emplace_back(wire::name(fault->what));
    } else if (const auto* head = std::get_if<request_head>(&one.what)) {
      if (closed_) wrong.emplace_back("behind-close");
      closed_ = closed_ || head->fields.has_token("Connection", "close");
      judge_head(*head, wrong);
      if (wire::asks_for_websocket(*head)) handshake_ = *head;
    } else if (const auto* trailer = std::get_if<wire::trailer_section>(&one.what)) {
      judge_trailers(trailer->fields, wrong);
    } else if (const auto* chunk = std::get_if<wire::chunk_header>(&one.what)) {
      if (chunk->extension.size() > long_line) wrong.emplace_back("extension-long");
    } else if (const auto* left = std::get_if<trace::tunnel_open>(&one.what)) {
      if (left->protocol == "unknown") wrong.emplace_back("no-http");
    }
  }

  void answer() {
    if (!handshake_) return;
    octets head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        wire::accept_value(handshake_->fields.first("Sec-WebSocket-Key").value_or("")) + "\r\n";
    if (handshake_->fields.combined("Sec-WebSocket-Extensions").value_or("").find("permessage") !=
        octets::npos)
      head += "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    talk_.octets_seen(trace::direction::in, head + "\r\n", {});
  }

  bool closed_ = false;
  std::optional<request_head> handshake_;
  trace::conversation talk_;
};

}  // namespace

std::vector<std::string> wrong_in(const exchange& what) {
  reading one;
  one.play(what);
  return std::move(one.wrong);
}

}  // namespace halley::fuzz
