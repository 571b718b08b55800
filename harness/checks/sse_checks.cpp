#include "checks/sse_checks.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "checks/all_checks.hpp"
#include "checks/evidence.hpp"
#include "checks/finding.hpp"
#include "trace/event.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace halley::checks {
namespace {

using enum weight;

// The standard asks little of who sends an event stream: unknown fields, odd retry values, ids with
// NUL and an unfinished last block are all ignored by the reader, and legal.
// clang-format off
const std::vector<fault_rule>& table() {
  static const std::vector<fault_rule> rows = {
      {wire::wire_error::event_stream_bad_utf8, sender::server,
       {"html-sse/9.2.5-utf-8", "HTML §9.2.5", must, "An event stream is always encoded as UTF-8."},
       "UTF-8"},
  };
  return rows;
}

const rule charset{"html-sse/iana-charset", "HTML, IANA considerations, text/event-stream", must, "A charset parameter of text/event-stream has the value utf-8."};
// clang-format on

/// The parameter of a media type, quotes taken off. Source: RFC 9110 §8.3.1, §5.6.6.
std::vector<octets> charsets(octet_view type) {
  std::vector<octets> values;
  std::size_t at = type.find(';');
  while (at != octet_view::npos) {
    const std::size_t end = type.find(';', at + 1);
    const octet_view parameter = ascii::trim_blank(
        type.substr(at + 1, end == octet_view::npos ? octet_view::npos : end - at - 1));
    const std::size_t equals = parameter.find('=');
    if (equals != octet_view::npos && ascii::iequals(parameter.substr(0, equals), "charset")) {
      octet_view value = parameter.substr(equals + 1);
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      values.emplace_back(value);
    }
    at = end;
  }
  return values;
}

void judge_type(const wire::response_head& head, const trace::event& one, verdicts& found) {
  const octets type = head.fields.first("Content-Type").value_or("");
  const octet_view name = ascii::trim_blank(octet_view(type).substr(0, type.find(';')));
  if (!ascii::iequals(name, "text/event-stream")) return;
  for (const octets& value : charsets(type))
    if (!ascii::iequals(value, "utf-8"))
      found.add(charset, one, "charset=utf-8 or no charset", "Content-Type " + in_quotes(type));
}

/// A stream may be cut anywhere, inside a character too; where it was is no fault of its encoding.
bool may_be_cut(std::size_t index, const evidence& seen, bool has_end) {
  for (std::size_t i = index + 1; i < seen.events().size(); ++i) {
    const trace::event& one = seen.events()[i];
    if (one.dir != trace::direction::in || std::holds_alternative<trace::wire_octets>(one.what) ||
        std::holds_alternative<trace::wire_fault>(one.what))
      continue;
    const auto* end = std::get_if<wire::message_end>(&one.what);
    return end != nullptr && !(end->complete && has_end);
  }
  return false;
}

std::vector<finding> run(const std::vector<trace::event>& connection, const context& about) {
  verdicts found;
  if (about.target_is_client) return {};
  const evidence seen(connection);
  bool has_end = false;  // the body's length is declared
  for (std::size_t i = 0; i < connection.size(); ++i) {
    const trace::event& one = connection[i];
    if (one.dir != trace::direction::in) continue;
    if (const auto* head = std::get_if<wire::response_head>(&one.what)) {
      judge_type(*head, one, found);
      has_end = head->fields.has("Content-Length") || head->fields.has("Transfer-Encoding");
    } else if (const auto* fault = std::get_if<trace::wire_fault>(&one.what)) {
      const fault_rule* broken = find_rule(table(), fault->what, about);
      if (broken != nullptr && !may_be_cut(i, seen, has_end))
        found.add_fault(broken->broken, one, broken->expected, seen);
    }
  }
  return found.take();
}

}  // namespace

check event_streams() {
  check result{.name = "event-streams", .rules = {}, .run = run};
  for (const fault_rule& row : table())
    result.rules.push_back(row.broken);
  result.rules.push_back(charset);
  return result;
}

}  // namespace halley::checks
