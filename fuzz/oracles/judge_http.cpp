#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "checks/finding.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/oracles/http_view.hpp"
#include "fuzz/oracles/reactions.hpp"
#include "fuzz/oracles/refusals.hpp"
#include "fuzz/oracles/report.hpp"
#include "fuzz/oracles/rules.hpp"
#include "fuzz/oracles/usual_form.hpp"
#include "trace/event.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace halley::fuzz {
namespace {

using wire::wire_error;

constexpr std::uint64_t usual_content = 65536;

bool is_proxy(std::string_view contract) {
  return contract.starts_with("proxy.");
}

bool echoes_content(std::string_view contract) {
  return contract == "http.echo" || contract == "http.impatient-echo";
}

bool has_body(const wire::request_head& head) {
  return head.fields.has("Transfer-Encoding") ||
         head.fields.first("Content-Length").value_or("0") != "0";
}

bool sends_content(const wire::request_head& head) {
  return head.method == "POST" || head.method == "PUT";
}

std::string status_of(const seen_response& answer) {
  return "status " + std::to_string(answer.head->status);
}

std::string count_of(std::size_t size) {
  return std::to_string(size) + (size == 1 ? " octet" : " octets");
}

// Nothing is coded, conditional or expected that would change what the endpoint does with the body.
bool is_plain(const wire::field_section& fields) {
  return !fields.has("Content-Encoding") && !fields.has("Expect") && !fields.has("Upgrade") &&
         std::ranges::all_of(fields.all("Transfer-Encoding"), [](const octets& coding) {
           return ascii::iequals(coding, "chunked");
         });
}

class http_judge {
public:
  http_judge(const record& seen, const std::string& contract)
      : seen_(seen), contract_(contract), view_(seen) {}

  std::vector<reaction> run() {
    for (std::size_t i = 0; i < view_.requests.size(); ++i) {
      if (!view_.requests[i].certain) break;
      judge_refusal(i);
      if (!judge_last(i)) break;
      judge_tunnel(i);
      judge_overflow(i);
      judge_incomplete(i);
      if (echoes_content(contract_)) judge_echo(i);
      if (contract_ == "http.inspect") judge_understanding(i);
    }
    judge_count();
    judge_silence();
    return found_.take();
  }

private:
  // The first answer behind that to requests[index], which is not about the wait for a request.
  const seen_response* further(std::size_t index) const {
    if (view_.answer_to(index) == nullptr) return nullptr;
    for (std::size_t i = index + 1; i < view_.answers.size(); ++i)
      if (view_.answers[i].head->status != 408) return &view_.answers[i];
    return nullptr;
  }

  // Whether the target has answered, was given time to close, and did not.
  bool left_open(std::size_t index) const {
    const seen_response* answer = view_.answer_to(index);
    return seen_.how == ending::silent && answer != nullptr && answer->ended && answer->complete &&
           answer->head->status != 101 && view_.we_ended == seen_.events.size();
  }

  void judge_refusal(std::size_t index) {
    const seen_response* answer = view_.answer_to(index);
    if (answer == nullptr) return;
    for (const refusal& one : why_refused(view_.requests[index])) {
      const checks::rule& rule = ledger_rule(one.rule);
      if (answer->positive() || (answer->head->status == 101 && !about_host(one))) {
        found_.add(rule, "answered", std::string(one.expected), status_of(*answer), *answer->shown);
      } else if (one.closes) {
        if (const seen_response* next = further(index))
          found_.add(rule, "went-on", "the connection is closed behind the refusal",
                     "another response with " + status_of(*next), *next->shown);
        else if (left_open(index))
          found_.add(rule, "open", "the connection is closed behind the refusal",
                     "the connection stays open", *answer->shown);
      }
    }
  }

  // What is wrong with Host in an opening handshake is judged there.
  static bool about_host(const refusal& one) { return one.rule.find("host") != octet_view::npos; }

  // Returns: whether the connection may go on behind this request.
  bool judge_last(std::size_t index) {
    const seen_request& request = view_.requests[index];
    const last_request why = why_last(request);
    if (why.went_on.empty()) return true;
    const seen_response* answer = view_.answer_to(index);
    if (answer == nullptr || answer->head->status == 101) return false;
    if (const seen_response* next = further(index))
      found_.add(ledger_rule(why.went_on), "went-on", "no response behind this one",
                 "another one with " + status_of(*next), *next->shown);
    else if (left_open(index) && has_all_octets(request))
      found_.add(ledger_rule(why.open), "open", "the connection is closed behind the response",
                 "the connection stays open", *answer->shown);
    return false;
  }

  // Whether as much has been sent as each of its framings wants: who closes in stages may wait for
  // more.
  bool has_all_octets(const seen_request& request) const {
    if (!request.ended || !request.complete) return false;
    std::uint64_t most = 0;
    for (const octets& value : request.head->fields.all("Content-Length")) {
      if (value.size() > 9 || !std::ranges::all_of(value, ascii::is_digit)) return false;
      most = std::max<std::uint64_t>(most, value.empty() ? 0 : std::stoull(value));
    }
    return request.shown->off + request.shown->len + most <= view_.sent;
  }

  void judge_tunnel(std::size_t index) {
    const seen_request& request = view_.requests[index];
    const seen_response* answer = view_.answer_to(index);
    if (contract_ != "http.root" || answer == nullptr || !request.clean()) return;
    const octets& target = request.head->target;
    const std::size_t colon = target.find(':');
    if (request.head->method != "CONNECT" || colon == octets::npos || colon == 0 ||
        target.find('/') != octets::npos || !answer->positive() || answer->head->status >= 300)
      return;
    found_.add(ledger_rule("rfc9110/9.3.6-tunnel"), "tunnel", "no 2xx from an origin server",
               status_of(*answer), *answer->shown);
  }

  // A length that is cut to 32 or 64 bits ends inside the body that was sent.
  void judge_overflow(std::size_t index) {
    const seen_request& request = view_.requests[index];
    const bool only_length = std::ranges::all_of(
        request.faults, [](wire_error one) { return one == wire_error::bad_content_length; });
    if (request.faults.empty() || !only_length || request.head->fields.has("Transfer-Encoding"))
      return;
    const std::vector<octets> lengths = request.head->fields.all("Content-Length");
    const bool large = lengths.size() == 1 && lengths.front().size() > 18 &&
                       std::ranges::all_of(lengths.front(), ascii::is_digit) &&
                       lengths.front().front() != '0';
    const seen_response* next = large ? further(index) : nullptr;
    if (next != nullptr && next->positive())
      found_.add(ledger_rule("rfc9110/8.6-overflow"), "extra-response",
                 "no response to octets of the body", status_of(*next), *next->shown);
  }

  // RFC 9112 §8. Endpoints that need the body cannot succeed without having all of it.
  void judge_incomplete(std::size_t index) {
    const seen_request& request = view_.requests[index];
    const seen_response* answer = view_.answer_to(index);
    const bool needs_body = echoes_content(contract_) || contract_ == "http.inspect";
    if (!needs_body || answer == nullptr || !request.faults.empty() ||
        !sends_content(*request.head) || !is_plain(request.head->fields) ||
        (request.ended && request.complete && request.body_faults.empty()))
      return;
    const bool delimited =
        answer->head->fields.has("Content-Length") || answer->head->fields.has("Transfer-Encoding");
    if (answer->head->status < 200 || answer->head->status >= 300 || !answer->ended ||
        !answer->complete || !delimited)
      return;
    if (const auto rule = rule_of_cut(request, *answer))
      found_.add(ledger_rule(*rule), "completed", "an error, or no answer",
                 status_of(*answer) + " to a request whose body did not end", *answer->shown);
  }

  std::optional<std::string_view> rule_of_cut(const seen_request& request,
                                              const seen_response& answer) const {
    if (!request.body_faults.empty()) {
      switch (request.body_faults.front()) {
        case wire_error::chunk_size_overflow:
          return "rfc9112/7.1-overflow";
        case wire_error::bad_chunk_size:
        case wire_error::bad_chunk_extension:
        case wire_error::missing_chunk_crlf:
          return "rfc9112/2.2-invalid-message";
        default:
          return std::nullopt;
      }
    }
    // Before our FIN the rest could still have come.
    if (view_.we_ended > answer.at) return std::nullopt;
    return request.head->fields.has("Transfer-Encoding") ? "rfc9112/8-incomplete-request"
                                                         : "rfc9112/6.3-incomplete";
  }

  // What an endpoint that gives the content back has made of it.
  void judge_echo(std::size_t index) {
    const seen_request& request = view_.requests[index];
    const seen_response* answer = view_.answer_to(index);
    if (answer != nullptr && answer->head->status == 400 && sends_content(*request.head) &&
        all_beyond_reproach())
      found_.add(contract_rule(contract_, "A valid request is answered with its content."),
                 "refused-valid", "status 200", status_of(*answer), *answer->shown);
    if (!is_told(request, answer) || !sends_content(*request.head) ||
        !seen_.is_endpoint(request.head->target))
      return;
    const octets asked = view_.body_of(request, seen_);
    const octets told = view_.body_of(*answer, seen_);
    if (asked == told || asked.empty()) return;
    const std::string got = "a body of " + count_of(told.size()) + " that is another";
    const std::string expected = "the body of the request, " + count_of(asked.size());
    for (std::size_t i = 0; i < view_.requests.size() && !told.empty(); ++i)
      if (i != index && view_.body_of(view_.requests[i], seen_) == told)
        return found_.add(ledger_rule("rfc9112/9.3.2-order"), "desynchronised", expected,
                          "the body of another request", *answer->shown);
    const bool coded = request.head->fields.has("Transfer-Encoding");
    found_.add(ledger_rule(coded ? "rfc9112/7.1-decode" : "rfc9112/6.3-exact-length"),
               "other-content", expected, got, *answer->shown);
  }

  // A server may read on before it answers, and refuse what comes behind: a request behind one with
  // the close option, too, which must not be sent. RFC 9112 §9.6. Or it answers before it has read
  // all, and refuses the rest of what came before.
  bool all_beyond_reproach() const {
    if (!view_.faultless || view_.unfinished) return false;
    for (std::size_t i = 0; i < view_.requests.size(); ++i) {
      const bool is_last = i + 1 == view_.requests.size();
      if (!is_beyond_reproach(view_.requests[i])) return false;
      if (!is_last && !why_last(view_.requests[i]).went_on.empty()) return false;
    }
    return true;
  }

  // Whether 400 would say something that is not so. Not where parsers are known to be careful: with
  // white space around chunk extensions, trailers, zeros in front of a length.
  bool is_beyond_reproach(const seen_request& request) const {
    constexpr auto usual =
        std::to_array<octet_view>({"Host", "Content-Length", "Transfer-Encoding", "User-Agent",
                                   "Accept", "Connection", "Content-Type"});
    const wire::request_head& head = *request.head;
    const octets type = head.fields.combined("Content-Type").value_or("text/plain");
    const bool usual_method = sends_content(head) || (head.method == "GET" && !has_body(head));
    if (!usual_method || !is_of_usual_form(request) || !request.ended || !request.complete ||
        !is_of_simple_form(head.target) || !seen_.is_endpoint(head.target) ||
        !names_this_machine(head.fields) || !has_only(head.fields, usual) ||
        !lists_words(head.fields, "Connection") ||
        (type != "text/plain" && type != "application/octet-stream") ||
        request.end - request.shown->off > usual_content)
      return false;
    const octets length = head.fields.first("Content-Length").value_or("1");
    if (length.starts_with('0') && length.size() > 1) return false;
    for (std::size_t i = request.at; i <= request.last; ++i) {
      const trace::event& one = seen_.events[i];
      if (one.dir != trace::direction::out) continue;
      if (std::holds_alternative<wire::trailer_section>(one.what)) return false;
      const auto* chunk = std::get_if<wire::chunk_header>(&one.what);
      if (chunk != nullptr && chunk->extension.find_first_of(" \t") != octets::npos) return false;
      if (chunk != nullptr && chunk->extension.size() > 64) return false;
    }
    return true;
  }

  bool is_told(const seen_request& request, const seen_response* answer) const {
    return answer != nullptr && request.clean() && request.ended && request.complete &&
           is_plain(request.head->fields) && answer->head->status == 200 && answer->ended &&
           answer->complete && !answer->head->fields.has("Content-Encoding");
  }

  // http.inspect says which request it has read.
  void judge_understanding(std::size_t index) {
    const seen_request& request = view_.requests[index];
    const seen_response* answer = view_.answer_to(index);
    if (!is_told(request, answer) || request.head->method == "HEAD" ||
        request.head->method == "CONNECT")
      return;
    const auto told = nlohmann::json::parse(view_.body_of(*answer, seen_), nullptr, false);
    if (!told.is_object() || !told.contains("method") || !told["method"].is_string()) return;
    if (told["method"].get<std::string>() != request.head->method)
      return found_.add(ledger_rule("rfc9112/6.3-exact-length"), "desynchronised",
                        "the method " + request.head->method, "another method", *answer->shown);
    if (!sends_content(*request.head) || !told.contains("body") || !told["body"].is_string())
      return;
    const octets body = view_.body_of(request, seen_);
    if (told["body"].get<std::string>().size() == body.size() * 2) return;
    const bool coded = request.head->fields.has("Transfer-Encoding");
    found_.add(ledger_rule(coded ? "rfc9112/7.1-decode" : "rfc9112/6.3-exact-length"),
               "other-content", "a body of " + count_of(body.size()),
               count_of(told["body"].get<std::string>().size() / 2), *answer->shown);
  }

  // More answers than requests: the rest of a body was taken for one.
  void judge_count() {
    if (!view_.faultless || view_.requests.empty()) return;
    bool with_body = false;
    for (const seen_request& one : view_.requests) {
      if (one.head->fields.has_token("Expect", "100-continue") || one.head->method == "CONNECT" ||
          !one.body_faults.empty())
        return;
      with_body = with_body || has_body(*one.head);
    }
    if (!with_body || view_.matched < view_.requests.size()) return;
    const bool may_complain = view_.unfinished || !view_.requests.back().complete;
    if (std::ranges::any_of(view_.answers,
                            [](const seen_response& one) { return one.head->status == 101; }))
      return;
    for (std::size_t i = view_.requests.size(); i < view_.answers.size(); ++i) {
      const seen_response& extra = view_.answers[i];
      const bool about_the_end = may_complain || extra.at > view_.we_ended;
      if (extra.head->status == 408 || (about_the_end && !extra.positive())) return;
      return found_.add(ledger_rule("rfc9112/9.3-read-body"), "extra-response",
                        std::to_string(view_.requests.size()) + " responses",
                        "another one with " + status_of(extra), *extra.shown);
    }
  }

  // A request that gives no reason not to answer it. Behind another answer the connection may be
  // closed, RFC 9112 §9.5.
  void judge_silence() {
    const std::size_t index = view_.answers.size();
    const bool closed = seen_.how == ending::target_finished || seen_.how == ending::target_reset;
    if (index != view_.matched || index >= view_.requests.size() || !seen_.all_sent ||
        !promises_answer() || view_.we_ended != seen_.events.size() ||
        (seen_.how != ending::silent && (!closed || view_.received > 0)))
      return;
    if (index > 0 && !goes_on_behind(index - 1)) return;
    for (std::size_t i = 0; i <= index; ++i)
      if (!is_of_usual_size(view_.requests[i])) return;
    const seen_request& next = view_.requests[index];
    if (waits_for_continue(next)) {
      if (seen_.how == ending::silent && !view_.got_interim)
        found_.add(ledger_rule("rfc9110/10.1.1-continue"), "unanswered", "100 or a final status",
                   "nothing", *next.shown);
      return;
    }
    const wire::request_head& head = *next.head;
    const bool asks = head.method == "GET" || (echoes_content(contract_) && sends_content(head)) ||
                      (seen_.how == ending::silent && is_known(head.method));
    if (!asks || !view_.faultless || view_.unfinished || !next.ended || !next.complete ||
        !is_of_usual_form(next) || (closed && next.end != view_.sent))
      return;
    found_.add(contract_rule(contract_, "A valid request is answered."), "unanswered", "a response",
               closed ? "the end of the connection" : "nothing", *next.shown);
  }

  bool goes_on_behind(std::size_t index) const {
    const seen_response& answer = view_.answers[index];
    return why_last(view_.requests[index]).went_on.empty() && answer.ended && answer.complete &&
           !answer.head->fields.has_token("Connection", "close") &&
           answer.head->version == wire::http_version{1, 1} && answer.head->status != 101;
  }

  static bool is_known(octet_view method) {
    return method == "HEAD" || method == "POST" || method == "PUT" || method == "DELETE" ||
           method == "OPTIONS";
  }

  // Whether only 100, or a final status, brings its content.
  bool waits_for_continue(const seen_request& request) const {
    const wire::request_head& head = *request.head;
    const std::uint64_t end = request.shown->off + request.shown->len;
    return request.faults.empty() && request.certain && !request.complete && end == view_.sent &&
           head.version == wire::http_version{1, 1} && !head.fields.has("Upgrade") &&
           head.target.starts_with('/') && head.raw.size() <= usual_head &&
           head.fields.combined("Expect") == "100-continue" && why_refused(request).empty();
  }

  bool is_of_usual_form(const seen_request& request) const {
    const wire::request_head& head = *request.head;
    return request.clean() && request.certain && is_plain(head.fields) &&
           head.target.starts_with('/') && head.raw.size() <= usual_head &&
           head.version == wire::http_version{1, 1} && why_refused(request).empty();
  }

  // Whether no part of it is one that a recipient may find too long: it may stop reading there.
  bool is_of_usual_size(const seen_request& request) const {
    if (!request.ended) return true;
    for (std::size_t i = request.at; i <= request.last; ++i) {
      const trace::event& one = seen_.events[i];
      const bool limited = std::holds_alternative<wire::trailer_section>(one.what) ||
                           std::holds_alternative<wire::chunk_header>(one.what);
      if (one.dir == trace::direction::out && limited && one.len > usual_head) return false;
    }
    return request.end - request.shown->off <= usual_content;
  }

  bool promises_answer() const {
    for (const std::string_view one :
         {"http.root", "http.echo", "http.inspect", "http.impatient", "http.impatient-echo",
          "http.status", "http.sse-stream", "http.stream", "http.publish"})
      if (contract_ == one) return true;
    return false;
  }

  const record& seen_;
  const std::string& contract_;
  http_view view_;
  report found_;
};

}  // namespace

std::vector<reaction> judge_http(const record& seen, const std::string& contract) {
  // What a proxy answers may be an origin's.
  if (is_proxy(contract)) return {};
  return http_judge(seen, contract).run();
}

}  // namespace halley::fuzz
