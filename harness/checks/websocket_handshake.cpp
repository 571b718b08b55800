#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "checks/all_checks.hpp"
#include "checks/evidence.hpp"
#include "checks/finding.hpp"
#include "checks/websocket_checks.hpp"
#include "trace/event.hpp"
#include "wire/deflate.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_extension.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::checks {
namespace {

using enum wire::wire_error;
using enum weight;
using wire::request_head;
using wire::response_head;

// A 101 without any Upgrade field is judged by http1-semantics (RFC 9110 §7.8).
// clang-format off
const std::vector<fault_rule>& server_table() {
  static const std::vector<fault_rule> rows = {
      {bad_accept_key, sender::server,
       {"rfc6455/4.2.2-accept", "RFC 6455 §4.2.2", must, "Sec-WebSocket-Accept is made from the key of the request, and stands there once."},
       "the value that belongs to the request's key"},
      {missing_upgrade, sender::server,
       {"rfc6455/4.2.2-upgrade", "RFC 6455 §4.2.2", must, "The Upgrade field of the server's handshake has the value websocket."},
       "Upgrade: websocket"},
      {missing_connection_upgrade, sender::server,
       {"rfc6455/4.2.2-connection", "RFC 6455 §4.2.2", must, "The Connection field of the server's handshake holds Upgrade."},
       "Connection: Upgrade"},
      {unrequested_subprotocol, sender::server,
       {"rfc6455/4.2.2-subprotocol", "RFC 6455 §4.2.2", must, "The server selects one of the offered subprotocols, or none."},
       "one of the offered subprotocols, or none"},
      {unrequested_extension, sender::server,
       {"rfc6455/9-unrequested-extension", "RFC 6455 §9, §4.2.2", must, "A server responds with no extension that the client did not request."},
       "extensions of the offer only"},
  };
  return rows;
}

const rule extension_parameters{"rfc7692/7.1-parameters", "RFC 7692 §7.1, RFC 6455 §9", must, "The parameters of permessage-deflate in the response answer those of an offer."};

struct client_rule {
  rule broken;
  std::string expected;
  std::optional<std::string> (*judge)(const request_head&);
};

std::optional<std::string> bad_key(const request_head& head) {
  const auto keys = head.fields.all("Sec-WebSocket-Key");
  if (keys.size() != 1) return std::to_string(keys.size()) + " Sec-WebSocket-Key fields";
  const auto value = from_base64(keys.front());
  if (value && value->size() == 16) return std::nullopt;
  return "Sec-WebSocket-Key " + in_quotes(keys.front());
}

std::optional<std::string> bad_version_field(const request_head& head) {
  const auto versions = head.fields.all("Sec-WebSocket-Version");
  if (versions.size() == 1 && versions.front() == "13") return std::nullopt;
  if (versions.size() != 1) return std::to_string(versions.size()) + " Sec-WebSocket-Version fields";
  return "Sec-WebSocket-Version " + in_quotes(versions.front());
}

std::optional<std::string> bad_subprotocols(const request_head& head) {
  const auto offer = head.fields.combined("Sec-WebSocket-Protocol");
  if (!offer) return std::nullopt;
  std::vector<octets> names = ascii::list_elements(*offer);
  const bool tokens = std::ranges::all_of(names, [](const octets& one) { return ascii::is_token(one); });
  std::ranges::sort(names);
  const bool unique = std::ranges::adjacent_find(names) == names.end();
  if (!names.empty() && tokens && unique) return std::nullopt;
  return "Sec-WebSocket-Protocol " + in_quotes(*offer);
}

const std::vector<client_rule>& client_table() {
  static const std::vector<client_rule> rows = {
      {{"rfc6455/4.1-method", "RFC 6455 §4.1", must, "The method of the client's handshake is GET."},
       "GET",
       [](const request_head& head) -> std::optional<std::string> {
         if (head.method == "GET") return std::nullopt;
         return "Method " + in_quotes(head.method);
       }},
      {{"rfc6455/4.1-http-version", "RFC 6455 §4.1", must, "The client's handshake is HTTP/1.1 or later."},
       "HTTP/1.1",
       [](const request_head& head) -> std::optional<std::string> {
         if (head.version >= wire::http_version{1, 1}) return std::nullopt;
         return "HTTP/" + std::to_string(head.version.major) + "." + std::to_string(head.version.minor);
       }},
      {{"rfc6455/4.1-key", "RFC 6455 §4.1, §11.3.1", must, "Sec-WebSocket-Key stands in the client's handshake once and is 16 octets in base64."},
       "one Sec-WebSocket-Key of 16 octets in base64", bad_key},
      {{"rfc6455/4.1-version", "RFC 6455 §4.1", must, "Sec-WebSocket-Version is 13."},
       "Sec-WebSocket-Version: 13", bad_version_field},
      {{"rfc6455/4.1-subprotocols", "RFC 6455 §4.1", must, "Offered subprotocols are tokens, each offered once."},
       "different tokens", bad_subprotocols},
  };
  return rows;
}
// clang-format on

std::vector<octets> elements(const wire::field_section& fields, octet_view name) {
  return ascii::list_elements(fields.combined(name).value_or(""));
}

/// What a server makes of an offer that breaks the grammar is not for this rule.
bool offer_is_clean(const request_head& asked) {
  return std::ranges::all_of(
      elements(asked.fields, "Sec-WebSocket-Extensions"), [](const octets& element) {
        const auto offer = wire::parse_extension(element);
        return offer && (!wire::is_deflate(*offer) || wire::parse_deflate_parameters(*offer));
      });
}

/// Whether some accepted extension is on no offer at all, whatever the parameters.
bool names_unoffered(const response_head& head, const request_head& asked) {
  std::vector<octets> offered;
  for (const octets& element : elements(asked.fields, "Sec-WebSocket-Extensions"))
    if (const auto offer = wire::parse_extension(element)) offered.push_back(offer->name);
  return std::ranges::any_of(
      elements(head.fields, "Sec-WebSocket-Extensions"), [&](const octets& element) {
        const auto answer = wire::parse_extension(element);
        return !answer || std::ranges::find(offered, answer->name) == offered.end();
      });
}

/// RFC 7692 §7.1.2.2 lets a server shrink the client's window; no sentence there forbids a value
/// above that of the offer, so it accuses nobody.
bool only_client_window_grew(const response_head& head, const request_head& asked) {
  const auto answers = elements(head.fields, "Sec-WebSocket-Extensions");
  if (answers.size() != 1) return false;
  const auto answer = wire::parse_deflate(answers.front());
  if (!answer) return false;
  return std::ranges::any_of(
      elements(asked.fields, "Sec-WebSocket-Extensions"), [&](const octets& element) {
        const auto extension = wire::parse_extension(element);
        const auto offer = wire::parse_deflate(element);
        return offer && extension->find("client_max_window_bits") != nullptr &&
               answer->client_max_window_bits > offer->client_max_window_bits &&
               answer->server_max_window_bits <= offer->server_max_window_bits &&
               (answer->server_no_context_takeover || !offer->server_no_context_takeover);
      });
}

/// Judges the server's side: the faults that stand at the 101.
class judge_of_servers {
public:
  judge_of_servers(const std::vector<trace::event>& connection, const context& about)
      : seen_(connection), about_(about), talk_(about) {}

  std::vector<finding> run() {
    for (std::size_t i = 0; i < seen_.events().size(); ++i) {
      const trace::event& one = seen_.events()[i];
      const auto* fault = std::get_if<trace::wire_fault>(&one.what);
      if (fault != nullptr && one.dir == trace::direction::in)
        if (const fault_rule* row = find_rule(server_table(), fault->what, about_)) see(i, *row);
      talk_.see(one);
      heads_.see(one);
    }
    return found_.take();
  }

private:
  void see(std::size_t index, const fault_rule& row) {
    const response_head* head = seen_.response_of(index);
    const request_head* asked = talk_.asked();
    if (head == nullptr || asked == nullptr || !heads_.clean()) return;
    const trace::event& one = seen_.events()[index];
    const auto got = [&](octet_view name) {
      const auto value = head->fields.combined(name);
      return value ? octets(name) + ": " + in_quotes(*value) : "No " + octets(name);
    };
    switch (row.error) {
      case bad_accept_key:
        if (!bad_key(*asked))
          found_.add(row.broken, one, row.expected, got("Sec-WebSocket-Accept"));
        break;
      case missing_upgrade:
        if (head->fields.has("Upgrade")) found_.add(row.broken, one, row.expected, got("Upgrade"));
        break;
      case missing_connection_upgrade:
        found_.add(row.broken, one, row.expected, got("Connection"));
        break;
      case unrequested_subprotocol:
        if (!bad_subprotocols(*asked))
          found_.add(row.broken, one, row.expected, got("Sec-WebSocket-Protocol"));
        break;
      default:
        see_extension(*head, *asked, row, one);
        break;
    }
  }

  void see_extension(const response_head& head,
                     const request_head& asked,
                     const fault_rule& row,
                     const trace::event& one) {
    if (!offer_is_clean(asked)) return;
    const octets value = head.fields.combined("Sec-WebSocket-Extensions").value_or("");
    std::string got = "Sec-WebSocket-Extensions: " + in_quotes(value);
    if (names_unoffered(head, asked))
      found_.add(row.broken, one, row.expected, std::move(got));
    else if (!only_client_window_grew(head, asked))
      found_.add(extension_parameters, one, "parameters that answer the offer", std::move(got));
  }

  evidence seen_;
  const context& about_;
  exchanges talk_;
  head_state heads_;
  verdicts found_;
};

std::vector<finding> judge_clients(const std::vector<trace::event>& connection) {
  verdicts found;
  head_state heads;
  for (const trace::event& one : connection) {
    const auto* head = std::get_if<request_head>(&one.what);
    if (head != nullptr && one.dir == trace::direction::in && heads.clean() &&
        head->fields.has_token("Upgrade", "websocket"))
      for (const client_rule& row : client_table())
        if (auto got = row.judge(*head)) found.add(row.broken, one, row.expected, *std::move(got));
    heads.see(one);
  }
  return found.take();
}

std::vector<finding> run(const std::vector<trace::event>& connection, const context& about) {
  if (about.target_is_client) return judge_clients(connection);
  return judge_of_servers(connection, about).run();
}

}  // namespace

check websocket_handshake() {
  check result{.name = "websocket-handshake", .rules = {}, .run = run};
  for (const fault_rule& row : server_table())
    result.rules.push_back(row.broken);
  result.rules.push_back(extension_parameters);
  for (const client_rule& row : client_table())
    result.rules.push_back(row.broken);
  return result;
}

}  // namespace halley::checks
