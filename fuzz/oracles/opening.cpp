#include "fuzz/oracles/opening.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/oracles/http_view.hpp"
#include "fuzz/oracles/report.hpp"
#include "fuzz/oracles/rules.hpp"
#include "fuzz/oracles/usual_form.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_extension.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr octet_view connection = "Connection";
constexpr octet_view upgrade = "Upgrade";
constexpr octet_view key = "Sec-WebSocket-Key";
constexpr octet_view version = "Sec-WebSocket-Version";
constexpr octet_view extensions = "Sec-WebSocket-Extensions";
constexpr octet_view subprotocol = "Sec-WebSocket-Protocol";

std::vector<octets> elements(const wire::request_head& head, octet_view name) {
  return ascii::list_elements(head.fields.combined(name).value_or(""));
}

bool is_base64(char c) {
  return ascii::is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
         c == '/';
}

// 16 octets in base64 are 22 letters and two equal signs. RFC 6455 §4.1.
bool is_key(octet_view value) {
  return value.size() == 24 && value.ends_with("==") &&
         std::ranges::all_of(value.substr(0, 22), is_base64);
}

// Whether the bits behind the 16 octets are zero; a decoder may refuse others. RFC 4648 §3.5.
bool is_canonical(octet_view value) {
  return octet_view("AQgw").find(value[21]) != octet_view::npos;
}

// version = DIGIT | NZDIGIT DIGIT | "1" DIGIT DIGIT | "2" … up to 255. RFC 6455 §4.3.
std::optional<int> version_number(octet_view text) {
  if (text.empty() || text.size() > 3 || !std::ranges::all_of(text, ascii::is_digit))
    return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  const int number = std::stoi(octets(text));
  return number <= 255 ? std::optional(number) : std::nullopt;
}

// Drafts of the protocol had numbers below 13; some servers still speak them.
bool may_be_spoken(int number) {
  return number >= 1 && number <= 11;
}

// "websocket/13" is a protocol of this name with a version, which some take for it.
bool names_websocket(const wire::request_head& head) {
  return std::ranges::any_of(elements(head, upgrade), [](const octets& one) {
    return ascii::to_lower(one).starts_with("websocket/") || ascii::iequals(one, "websocket");
  });
}

// The rule by which Sec-WebSocket-Version has to be refused; empty where it need not be.
std::string_view version_rule(const wire::request_head& head) {
  const std::vector<octets> values = head.fields.all(version);
  if (values.empty()) return "rfc6455/4.2.1-version";
  if (values.size() > 1) return "rfc6455/11.3.5-version-once";
  if (values.front() == "13" || values.front().find(',') != octets::npos) return {};
  const auto number = version_number(values.front());
  if (!number) return "rfc6455/4.2.1-version";
  return may_be_spoken(*number) ? "" : "rfc6455/4.2.2-version";
}

std::string_view key_rule(const wire::request_head& head) {
  const std::vector<octets> values = head.fields.all(key);
  if (values.empty()) return "rfc6455/4.2.1-key";
  if (values.size() > 1) return "rfc6455/11.3.1-key-once";
  return is_key(values.front()) ? "" : "rfc6455/4.2.1-key-size";
}

bool extensions_are_well_formed(const wire::request_head& head) {
  return std::ranges::all_of(elements(head, extensions), [](const octets& one) {
    return wire::parse_extension(one).has_value();
  });
}

/// The rules that accepting this request as an opening handshake breaks.
std::vector<std::string_view> why_no_handshake(const wire::request_head& head,
                                               std::string_view contract) {
  std::vector<std::string_view> rules;
  if (head.method != "GET") rules.push_back("rfc6455/4.2.1-get");
  if (head.version < wire::http_version{1, 1}) rules.push_back("rfc6455/4.2.1-http-version");
  if (!head.fields.has("Host")) rules.push_back("rfc6455/4.2.1-host");
  if (!names_websocket(head) && lists_words(head.fields, upgrade))
    rules.push_back("rfc6455/4.2.1-upgrade");
  if (!head.fields.has_token(connection, upgrade) && lists_words(head.fields, connection))
    rules.push_back("rfc6455/4.2.1-connection");
  for (const std::string_view rule : {key_rule(head), version_rule(head)})
    if (!rule.empty()) rules.push_back(rule);
  if (!extensions_are_well_formed(head)) rules.push_back("rfc6455/9.1-extension-syntax");
  // Who takes no notice of the field finds nothing wrong with it.
  if (contract == "ws.echo-subprotocol" &&
      !std::ranges::all_of(elements(head, subprotocol), ascii::is_token))
    rules.push_back("rfc6455/4.2.1-refuse");
  return rules;
}

/// Whether but for its version nothing about the handshake could be a reason to refuse it.
bool is_of_usual_form(const seen_request& request) {
  const wire::request_head& head = *request.head;
  constexpr auto usual =
      std::to_array<octet_view>({"Host", connection, upgrade, key, version, extensions,
                                 "User-Agent", "Accept", "Cache-Control", "Pragma"});
  const auto offers = head.fields.all(extensions);
  return request.clean() && request.certain && head.method == "GET" &&
         head.version == wire::http_version{1, 1} && is_of_simple_form(head.target) &&
         head.raw.size() <= usual_head && names_this_machine(head.fields) &&
         ascii::iequals(head.fields.combined(upgrade).value_or(""), "websocket") &&
         head.fields.has_token(connection, upgrade) && lists_words(head.fields, connection) &&
         !head.fields.has_token(connection, "close") && key_rule(head).empty() &&
         is_canonical(head.fields.combined(key).value_or("")) &&
         (offers.empty() || (offers.size() == 1 && offers[0] == "permessage-deflate")) &&
         has_only(head.fields, usual);
}

bool accepts_everyone(std::string_view contract) {
  return contract == "ws.echo" || contract == "ws.echo-small" || contract == "ws.echo-subprotocol";
}

// That the resource, the origin or the user is not welcome are reasons that cannot be seen here.
bool refuses_the_form(int status) {
  return status == 400 || status == 426 || (status >= 500 && status != 503);
}

}  // namespace

void judge_opening(const record& seen,
                   const http_view& view,
                   const std::string& contract,
                   report& found) {
  for (std::size_t i = 0; i < view.requests.size(); ++i) {
    const seen_request& request = view.requests[i];
    const seen_response* answer = view.answer_to(i);
    if (!request.certain || answer == nullptr) break;
    const int status = answer->head->status;
    if (status == 101 && request.faults.empty() &&
        answer->head->fields.has_token(upgrade, "websocket")) {
      for (const std::string_view rule : why_no_handshake(*request.head, contract))
        found.add(ledger_rule(rule), "accepted", "an HTTP error", "status 101", *answer->shown);
    }
    // Another resource may take no WebSocket, whatever the status that says so.
    if (!refuses_the_form(status) || !is_of_usual_form(request) ||
        !seen.is_endpoint(request.head->target))
      continue;
    const std::string got = "status " + std::to_string(status);
    if (request.head->fields.all(version) == std::vector<octets>{"13"} &&
        accepts_everyone(contract))
      found.add(contract_rule(contract, "A valid opening handshake is accepted."), "refused",
                "status 101", got, *answer->shown);
    else if (version_rule(*request.head) == "rfc6455/4.2.2-version" && status < 500 &&
             accepts_everyone(contract) && !answer->head->fields.has_token(version, "13"))
      found.add(ledger_rule("rfc6455/4.4-versions"), "no-version-list",
                "Sec-WebSocket-Version with 13", got + " without it", *answer->shown);
  }
  // A handshake that nobody answers.
  if (view.requests.size() != 1 || view.received > 0 || !accepts_everyone(contract)) return;
  const seen_request& only = view.requests.front();
  if (seen.how == ending::silent && seen.all_sent && is_of_usual_form(only) &&
      seen.is_endpoint(only.head->target) && only.ended && only.end == view.sent &&
      view.we_ended == seen.events.size() &&
      only.head->fields.all(version) == std::vector<octets>{"13"})
    found.add(contract_rule(contract, "A valid opening handshake is accepted."), "unanswered",
              "status 101", "nothing", *only.shown);
}

}  // namespace halley::fuzz
