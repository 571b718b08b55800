#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "checks/all_checks.hpp"
#include "checks/evidence.hpp"
#include "checks/finding.hpp"
#include "checks/http1_checks.hpp"
#include "trace/event.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_handshake.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::checks {
namespace {

using enum weight;
using wire::http_version;
using wire::request_head;
using wire::response_head;

/// What was got instead, where a head breaks the rule.
using verdict = std::optional<std::string>;

/// A rule about the heads of requests.
struct request_rule {
  rule broken;
  std::string expected;
  bool about_absence;  ///< judged only where every field line can be read
  verdict (*judge)(const request_head&);
};

/// A rule about the heads of responses. `asked` is the request, null where it is not known.
struct response_rule {
  rule broken;
  std::string expected;
  bool about_absence;
  verdict (*judge)(const response_head&, const request_head* asked);
};

std::string status_with(const response_head& head, const std::string& what) {
  return "Status " + std::to_string(head.status) + " " + what;
}

verdict lacks(const response_head& head, int status, octet_view name) {
  if (head.status != status || !head.fields.combined(name).value_or("").empty())
    return std::nullopt;
  return status_with(head, "without " + octets(name));
}

octets protocol_name(octet_view protocol) {
  return ascii::to_lower(protocol.substr(0, protocol.find('/')));
}

verdict unasked_protocol(const response_head& head, const request_head* asked) {
  if (head.status != 101 || asked == nullptr) return std::nullopt;
  std::vector<octets> offered;
  for (const octets& one : ascii::list_elements(asked->fields.combined("Upgrade").value_or("")))
    offered.push_back(protocol_name(one));
  for (const octets& one : ascii::list_elements(head.fields.combined("Upgrade").value_or("")))
    if (std::ranges::find(offered, protocol_name(one)) == offered.end())
      return "A switch to " + in_quotes(one);
  return std::nullopt;
}

template <typename Head>
bool hides_upgrade(const Head& head) {
  return head.fields.has("Upgrade") && !head.fields.has_token("Connection", "Upgrade");
}

// What a server owes to HTTP/1.0 concerns Transfer-Encoding where it may stand at all.
verdict coded_for_http_1_0(const response_head& head, const request_head* asked) {
  if (asked == nullptr || asked->version >= http_version{1, 1} || head.status < 200 ||
      head.status == 204 || !head.fields.has("Transfer-Encoding"))
    return std::nullopt;
  return "Transfer-Encoding in the response to an HTTP/1.0 request";
}

// Allow is demanded of origin servers; who answers CONNECT or the absolute form may be a proxy.
verdict no_allow(const response_head& head, const request_head* asked) {
  if (head.status != 405 || head.fields.has("Allow") || asked == nullptr) return std::nullopt;
  if (asked->method == "CONNECT" || !asked->target.starts_with('/')) return std::nullopt;
  return "Status 405 without Allow";
}

// clang-format off
const std::vector<response_rule>& response_table() {
  static const std::vector<response_rule> rows = {
      {{"rfc9110/15.2-interim-to-http-1.0", "RFC 9110 §15.2", must, "A server sends no 1xx response to an HTTP/1.0 client."},
       "a final response", false,
       [](const response_head& head, const request_head* asked) -> verdict {
         if (asked == nullptr || asked->version != http_version{1, 0}) return std::nullopt;
         if (head.status < 100 || head.status > 199) return std::nullopt;
         return status_with(head, "in answer to an HTTP/1.0 request");
       }},
      {{"rfc9112/6.1-transfer-encoding-to-http-1.0", "RFC 9112 §6.1", must, "A server sends Transfer-Encoding only in answer to HTTP/1.1 or later."},
       "a response without Transfer-Encoding", false, coded_for_http_1_0},
      {{"rfc9110/7.8-101-upgrade", "RFC 9110 §7.8, §15.2.2", must, "A 101 response names the new protocol in Upgrade."},
       "an Upgrade field", true,
       [](const response_head& head, const request_head*) { return lacks(head, 101, "Upgrade"); }},
      {{"rfc9110/7.8-unasked-protocol", "RFC 9110 §7.8", must, "A server switches only to a protocol that the Upgrade field of the request lists."},
       "a protocol of the request's Upgrade field", false, unasked_protocol},
      {{"rfc9110/7.8-connection-upgrade", "RFC 9110 §7.8", must, "The sender of Upgrade also sends the connection option upgrade."},
       "upgrade in the Connection field", true,
       [](const response_head& head, const request_head* asked) -> verdict {
         // The WebSocket handshake has a rule of its own for it.
         if (head.status == 101 && asked != nullptr && wire::asks_for_websocket(*asked)) return std::nullopt;
         return hides_upgrade(head) ? verdict(status_with(head, "with Upgrade but not with Connection: upgrade")) : std::nullopt;
       }},
      {{"rfc9110/15.5.2-www-authenticate", "RFC 9110 §15.5.2, §11.6.1", must, "A 401 response holds a challenge in WWW-Authenticate."},
       "a challenge in WWW-Authenticate", true,
       [](const response_head& head, const request_head*) { return lacks(head, 401, "WWW-Authenticate"); }},
      {{"rfc9110/15.5.6-allow", "RFC 9110 §15.5.6, §10.2.1", must, "A 405 response of an origin server has an Allow field."},
       "an Allow field", true, no_allow},
      {{"rfc9110/15.5.8-proxy-authenticate", "RFC 9110 §15.5.8, §11.7.1", must, "A 407 response holds a challenge in Proxy-Authenticate."},
       "a challenge in Proxy-Authenticate", true,
       [](const response_head& head, const request_head*) { return lacks(head, 407, "Proxy-Authenticate"); }},
      {{"rfc9110/15.5.22-upgrade", "RFC 9110 §15.5.22, §7.8", must, "A 426 response names the acceptable protocols in Upgrade."},
       "an Upgrade field", true,
       [](const response_head& head, const request_head*) { return lacks(head, 426, "Upgrade"); }},
  };
  return rows;
}

const std::vector<request_rule>& request_table() {
  static const std::vector<request_rule> rows = {
      {{"rfc9112/3.2-host", "RFC 9112 §3.2", must, "A client sends Host in every HTTP/1.1 request."},
       "a Host field", true,
       [](const request_head& head) -> verdict {
         if (head.version < http_version{1, 1} || head.fields.has("Host")) return std::nullopt;
         return "A request without Host";
       }},
      {{"rfc9112/3.2-one-host", "RFC 9112 §3.2, RFC 9110 §5.3", must, "Host stands in a request once."},
       "one Host field", false,
       [](const request_head& head) -> verdict {
         const auto count = head.fields.all("Host").size();
         return count > 1 ? verdict(std::to_string(count) + " Host fields") : std::nullopt;
       }},
      {{"rfc9110/7.8-connection-upgrade", "RFC 9110 §7.8", must, "The sender of Upgrade also sends the connection option upgrade."},
       "upgrade in the Connection field", true,
       [](const request_head& head) {
         return hides_upgrade(head) ? verdict("A request with Upgrade but not with Connection: upgrade") : std::nullopt;
       }},
  };
  return rows;
}

const rule unasked_response{"rfc9112/9.2-unasked-response", "RFC 9112 §9.2", should, "Every response answers a request; without one, nobody may take it for a response."};
const rule content_in_205{"rfc9110/15.3.6-no-content", "RFC 9110 §15.3.6", must, "A server generates no content in a 205 response."};
const rule framing_in_trailer{"rfc9110/6.5.1-framing-in-trailer", "RFC 9110 §6.5.1", must, "Fields for framing and routing are not sent in trailers."};
const rule response_after_close{"rfc9112/9.6-response-after-close", "RFC 9112 §9.6", must, "A server that has sent the close option processes no further request on the connection."};
const rule request_after_close{"rfc9112/9.6-request-after-close", "RFC 9112 §9.6", must, "A client that has sent the close option sends no further request on the connection."};
// clang-format on

/// Judges one connection, event by event.
class judge_of_messages {
public:
  judge_of_messages(const std::vector<trace::event>& connection, const context& about)
      : connection_(connection), about_(about), talk_(about) {}

  std::vector<finding> run() {
    for (const trace::event& one : connection_) {
      if (one.dir == trace::direction::in) see(one);
      talk_.see(one);
      heads_.see(one);
    }
    return found_.take();
  }

private:
  void see(const trace::event& one) {
    if (const auto* response = std::get_if<response_head>(&one.what))
      see_response(*response, one);
    else if (const auto* request = std::get_if<request_head>(&one.what))
      see_request(*request, one);
    else if (const auto* trailer = std::get_if<wire::trailer_section>(&one.what))
      see_trailer(*trailer, one);
    else if (const auto* piece = std::get_if<wire::body_piece>(&one.what))
      see_content(*piece, one);
    else if (const auto* fault = std::get_if<trace::wire_fault>(&one.what))
      see_fault(*fault, one);
  }

  void see_response(const response_head& head, const trace::event& one) {
    for (const response_rule& row : response_table()) {
      if (row.about_absence && !heads_.clean()) continue;
      if (auto got = row.judge(head, talk_.asked()))
        found_.add(row.broken, one, row.expected, *std::move(got));
    }
    status_ = head.status;
    const bool final = head.status >= 200 || head.status == 101;
    // An error may be the server's answer to whatever else came; only a success says that another
    // request was processed.
    if (closed_ && talk_.clear() && head.status >= 200 && head.status < 400)
      found_.add(response_after_close, one, "the end of the connection",
                 status_with(head, "after a response with Connection: close"));
    closed_ = closed_ || (final && head.fields.has_token("Connection", "close"));
  }

  void see_request(const request_head& head, const trace::event& one) {
    for (const request_rule& row : request_table()) {
      if (row.about_absence && !heads_.clean()) continue;
      if (auto got = row.judge(head)) found_.add(row.broken, one, row.expected, *std::move(got));
    }
    if (closed_)
      found_.add(request_after_close, one, "no further request",
                 "A request " + in_quotes(head.method + " " + head.target) +
                     " after one with Connection: close");
    closed_ = closed_ || head.fields.has_token("Connection", "close");
  }

  void see_trailer(const wire::trailer_section& trailer, const trace::event& one) {
    for (const octet_view name : {"Transfer-Encoding", "Content-Length", "Host"})
      if (trailer.fields.has(name))
        found_.add(framing_in_trailer, one, "none of these fields in a trailer",
                   octets(name) + " in a trailer");
  }

  void see_content(const wire::body_piece& piece, const trace::event& one) {
    if (about_.target_is_client || status_ != 205 || piece.data.empty()) return;
    found_.add(content_in_205, one, "no content",
               "Content in a 205 response: " + in_quotes(piece.data));
    status_ = 0;  // counts once a response
  }

  void see_fault(const trace::wire_fault& fault, const trace::event& one) {
    if (fault.what != wire::wire_error::unexpected_response || !talk_.clear()) return;
    found_.add(unasked_response, one, "no response before the next request",
               std::string(wire::message(fault.what)));
  }

  const std::vector<trace::event>& connection_;
  const context& about_;
  exchanges talk_;
  head_state heads_;
  verdicts found_;
  int status_ = 0;
  bool closed_ = false;
};

std::vector<finding> run(const std::vector<trace::event>& connection, const context& about) {
  return judge_of_messages(connection, about).run();
}

}  // namespace

check http1_semantics() {
  check result{.name = "http1-semantics", .rules = {}, .run = run};
  for (const response_rule& row : response_table())
    result.rules.push_back(row.broken);
  for (const request_rule& row : request_table())
    if (std::ranges::none_of(result.rules,
                             [&](const rule& one) { return one.id == row.broken.id; }))
      result.rules.push_back(row.broken);
  for (const rule& one : {unasked_response, content_in_205, framing_in_trailer,
                          response_after_close, request_after_close})
    result.rules.push_back(one);
  return result;
}

}  // namespace halley::checks
