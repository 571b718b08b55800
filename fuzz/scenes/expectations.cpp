#include "fuzz/scenes/expectations.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "engine/event_fields.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/rehearsal.hpp"
#include "scenario/value.hpp"
#include "trace/event.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace halley::fuzz {
namespace {

/// Longer content is expected by its size: a file is for people, too.
constexpr std::size_t longest_content = 4096;
constexpr std::size_t longest_field = 1024;
constexpr std::size_t longest_pattern = 1000;  // that a file may hold
const std::string patience = "2s";

using words = std::vector<std::pair<std::string, value>>;

/// What means something where it is absent, too.
constexpr auto telling = std::to_array<std::string_view>({"connection",
                                                          "content-length",
                                                          "transfer-encoding",
                                                          "content-type",
                                                          "upgrade",
                                                          "allow",
                                                          "vary",
                                                          "cache-control",
                                                          "set-cookie",
                                                          "www-authenticate",
                                                          "proxy-authenticate",
                                                          "access-control-allow-origin",
                                                          "access-control-allow-credentials",
                                                          "access-control-allow-methods",
                                                          "access-control-allow-headers",
                                                          "sec-websocket-protocol",
                                                          "sec-websocket-extensions",
                                                          "sec-websocket-version",
                                                          "via",
                                                          "x-content-type-options",
                                                          "retry-after",
                                                          "location",
                                                          "keep-alive",
                                                          "trailer",
                                                          "x-named"});
/// The same of what is forwarded: what ends at a proxy.
constexpr auto telling_of_requests = std::to_array<std::string_view>(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
     "upgrade", "proxy-authorization", "x-named", "max-forwards", "expect", "content-length",
     "via"});

bool is_text(octet_view what) {
  return std::ranges::all_of(what, [](char one) {
    return (one >= ' ' && one <= '~' && one != '$') || one == '\r' || one == '\n' || one == '\t';
  });
}

/// `what` as a file holds it, own words put in.
value content(octet_view what, const own_words& own) {
  scenario::value_list parts;
  while (!what.empty()) {
    std::size_t at = octet_view::npos;
    const std::pair<std::string, std::string>* next = nullptr;
    for (const auto& one : own) {
      const auto found = what.find(one.first);
      if (found >= at) continue;
      at = found;
      next = &one;
    }
    const octet_view before = what.substr(0, at);
    if (!before.empty())
      parts.push_back(is_text(before) ? text(std::string(before))
                                      : map({{"hex", text(to_hex(before))}}));
    if (next == nullptr) break;
    parts.push_back(text(next->second));
    what.remove_prefix(at + next->first.size());
  }
  if (parts.size() == 1) return std::move(parts.front());
  return map({{"concat", list(std::move(parts))}});
}

std::string with_own(std::string what, const own_words& own) {
  for (const auto& [from, to] : own)
    for (auto at = what.find(from); at != std::string::npos; at = what.find(from, at + to.size()))
      what.replace(at, from.size(), to);
  return what;
}

/// What is expected of a field line; nothing where it is another each time.
value field_value(std::string_view name, const octets& held, const own_words& own) {
  if (name == "date")  // IMF-fixdate, RFC 9110 §5.6.7
    return map(
        {{"matches", text("^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$")}});
  if (name == "set-cookie") {
    const auto behind = held.find(';');
    if (behind == octets::npos || !is_text(held)) return text("present");
    return map({{"contains", text(held.substr(behind))}});
  }
  if (name == "sec-websocket-accept" || held.empty() || held.size() > longest_field ||
      !is_text(held))
    return text("present");
  return map({{"equals", text(with_own(held, own))}});
}

value fields_of(const trace::event& one, const wire::field_section& fields, const own_words& own) {
  words result;
  for (const auto& line : fields.lines) {
    const auto name = ascii::to_lower(line.name);
    const auto same = [&](const auto& other) { return other.first == name; };
    if (std::ranges::any_of(result, same)) continue;
    const auto held = engine::header_of(one, name);
    if (held && is_text(name)) result.emplace_back(name, field_value(name, *held, own));
  }
  const auto absent = [&](std::span<const std::string_view> names) {
    for (const auto name : names)
      if (!engine::header_of(one, name)) result.emplace_back(name, text("absent"));
  };
  absent(std::holds_alternative<wire::response_head>(one.what)
             ? std::span<const std::string_view>(telling)
             : std::span<const std::string_view>(telling_of_requests));
  return map(std::move(result));
}

void add_field(words& to, const trace::event& one, const std::string& name, const own_words& own) {
  if (const auto held = engine::field_of(one, name); held && held->size() <= longest_content)
    to.emplace_back(name, held->empty() ? text("") : content(*held, own));
}

/// What stands under `key`; null where `in` is no mapping that has it.
value* member(value* in, std::string_view key) {
  auto* const entries = in == nullptr ? nullptr : std::get_if<scenario::value_map>(&in->is);
  if (entries == nullptr) return nullptr;
  const auto found = std::ranges::find(*entries, key, &scenario::named_value::first);
  return found == entries->end() ? nullptr : &found->second;
}

/// The field lines that a step expects of a head; null where it expects none.
value* fields_in(value& step) {
  value* const one = member(member(&step, "expect"), "event");
  for (const std::string_view head : {"http.response", "http.request"})
    if (value* const fields = member(member(one, head), "headers")) return fields;
  return nullptr;
}

/// Leaves in both what stands in both; of what has two values, that it is there.
void keep_common_fields(value& one, value& other) {
  value* const mine = fields_in(one);
  value* const theirs = fields_in(other);
  if (mine == nullptr || theirs == nullptr) return;
  auto& ours = std::get<scenario::value_map>(mine->is);
  std::erase_if(
      ours, [&](const scenario::named_value& held) { return theirs->find(held.first) == nullptr; });
  for (auto& held : ours)
    if (flow_text(held.second) != flow_text(*theirs->find(held.first)))
      held.second = text("present");
  theirs->is = mine->is;
}

/// `text` as a pattern for the same with other numbers.
std::string with_any_numbers(octet_view text) {
  constexpr std::string_view special = R"(.*+?^$()[]{}|\\/)";
  std::string result = "^";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (ascii::is_digit(text[i])) {
      while (i + 1 < text.size() && ascii::is_digit(text[i + 1]))
        ++i;
      result += "[0-9]+";
      continue;
    }
    if (special.find(text[i]) != std::string_view::npos) result += '\\';
    result += text[i];
  }
  return result + "$";
}

/// Where both expect content that is the same but for its numbers, any numbers are expected.
bool mask_numbers(value& one, value& other) {
  value* const mine =
      member(member(member(member(&one, "expect"), "event"), "http.body"), "equals");
  const value* const theirs =
      member(member(member(member(&other, "expect"), "event"), "http.body"), "equals");
  if (mine == nullptr || theirs == nullptr || !mine->text() || !theirs->text()) return false;
  auto pattern = with_any_numbers(*mine->text());
  if (pattern.size() > longest_pattern || pattern != with_any_numbers(*theirs->text()))
    return false;
  value* const body = member(member(member(&one, "expect"), "event"), "http.body");
  body->is = scenario::value_map{{"matches", text(std::move(pattern))}};
  return true;
}

value keeping(value answer) {
  return map({{"within", text(patience)},
              {"event", std::move(answer)},
              {"violates", names({"answer"})},
              {"capture", map({{"cookie", text("headers.set-cookie")}})}});
}

class expecting {
public:
  expecting(scenario_writer& to, const actor_of& who, const own_words& own, bool keeps)
      : to_(to), who_(who), own_(own), keeps_(keeps) {}

  void see(const trace::event& one) {
    if (const auto* piece = std::get_if<wire::body_piece>(&one.what)) {
      body_ += piece->data;
      return;
    }
    if (std::holds_alternative<wire::chunk_header>(one.what)) return;
    if (is_of_stream(one)) body_.clear();  // the octets of what it says
    flush();
    std::visit([&](const auto& what) { expect(one, what); }, one.what);
  }

  void see_octets(octet_view what) { octets_ += what; }

  void flush() {
    take(body_, "http.body", "content");
    take(octets_, "bytes", "octets");
  }

private:
  static bool is_of_stream(const trace::event& one) {
    return std::holds_alternative<wire::sse_event>(one.what) ||
           std::holds_alternative<wire::sse_comment>(one.what) ||
           std::holds_alternative<wire::sse_retry>(one.what);
  }

  void take(octets& what, const std::string& event_name, const std::string& broken) {
    if (what.empty()) return;
    words how;
    if (what.size() > longest_content)
      how.emplace_back("size", number(static_cast<std::int64_t>(what.size())));
    else
      how.emplace_back("equals", content(what, own_));
    what.clear();
    add(event(event_name, std::move(how)), broken);
  }

  void add(value one, const std::string& broken) {
    to_.expect_as(
        map({{"within", text(patience)}, {"event", std::move(one)}, {"violates", names({broken})}}),
        {broken}, who_);
  }

  void expect(const trace::event& one, const wire::response_head& head) {
    auto answer = event("http.response", {{"status", number(head.status)},
                                          {"headers", fields_of(one, head.fields, own_)}});
    if (!keeps_) return add(std::move(answer), "answer");
    keeps_ = false;
    to_.expect_as(keeping(std::move(answer)), {"answer"}, who_);
  }
  void expect(const trace::event& one, const wire::request_head& head) {
    words how;
    add_field(how, one, "method", own_);
    add_field(how, one, "target", own_);
    add_field(how, one, "version", own_);
    how.emplace_back("headers", fields_of(one, head.fields, own_));
    add(event("http.request", std::move(how)), "forwarded");
  }
  void expect(const trace::event& /*one*/, const wire::message_end& end) {
    add(event("http.end", {{"complete", truth(end.complete)}}), "end");
  }
  void expect(const trace::event& one, const wire::websocket_message& /*what*/) {
    words how;
    add_field(how, one, "type", own_);
    if (const auto held = engine::field_of(one, "payload"); held->size() > longest_content)
      add_field(how, one, "size", own_);
    else
      add_field(how, one, "payload", own_);
    add(event("ws.message", std::move(how)), "message");
  }
  void expect(const trace::event& one, const wire::websocket_frame& frame) {
    // Data is expected as messages, Close as such; for what is reserved a file has no name.
    if (frame.code != wire::opcode::ping && frame.code != wire::opcode::pong) return;
    words how;
    add_field(how, one, "opcode", own_);
    add_field(how, one, "payload", own_);
    add(event("ws.frame", std::move(how)), "message");
  }
  void expect(const trace::event& /*one*/, const wire::websocket_close& what) {
    add(event("ws.close", {{"code", what.code ? number(*what.code) : text("absent")}}), "message");
  }
  void expect(const trace::event& one, const wire::sse_event& /*what*/) {
    words how;
    add_field(how, one, "event", own_);
    add_field(how, one, "id", own_);
    add_field(how, one, "data", own_);
    add(event("sse.event", std::move(how)), "event");
  }
  void expect(const trace::event& /*one*/, const wire::sse_comment& /*what*/) {
    add(event("sse.comment"), "event");
  }
  void expect(const trace::event& /*one*/, const wire::sse_retry& what) {
    const auto value = static_cast<std::int64_t>(what.milliseconds);
    add(event("sse.retry", {{"value", number(value)}}), "event");
  }
  void expect(const trace::event& /*one*/, const trace::tcp_fin& /*what*/) {
    add(event("tcp.fin"), "close");
  }
  void expect(const trace::event& /*one*/, const trace::tcp_rst& /*what*/) {
    add(event("tcp.rst"), "close");
  }
  template <typename Other>
  void expect(const trace::event& /*one*/, const Other& /*nothing to expect*/) {}

  scenario_writer& to_;
  const actor_of& who_;
  const own_words& own_;
  bool keeps_;
  octets body_;
  octets octets_;
};

}  // namespace

void require_same(scenario_writer& to) {
  const auto same = [&](const std::string& name, const std::string& says) {
    to.require(name, "the target it is compared with", says);
  };
  same("answer", "The same requests get the same answers: status and fields.");
  same("content", "The same requests get the same content.");
  same("end", "A message ends where it ended there.");
  same("message", "The same frames get the same messages, Pongs and Closes.");
  same("event", "The same events are delivered.");
  same("forwarded", "The same is forwarded.");
  same("octets", "The same octets are passed on.");
  same("close", "A connection ends when and how it ended there.");
  same("no-more", "Where nothing came, nothing comes.");
}

void expect_same(scenario_writer& to,
                 const actor_of& who,
                 const std::vector<const trace::event*>& seen,
                 taking how,
                 const own_words& words) {
  expecting same(to, who, words, how.keeps);
  bool opaque = how.opaque;
  for (const trace::event* const one : seen) {
    if (const auto* const tunnel = std::get_if<trace::tunnel_open>(&one->what))
      opaque = tunnel->protocol != "websocket";
    if (const auto* const wire = std::get_if<trace::wire_octets>(&one->what)) {
      if (opaque) same.see_octets(wire->data);
      continue;
    }
    same.see(*one);
  }
  same.flush();
}

void keep_cookie(scenario_writer& to, const actor_of& who) {
  to.expect_as(keeping(event("http.response")), {"answer"}, who);
}

std::vector<value> with_fewer_fields(const value& step) {
  std::vector<value> result;
  auto copy = step;
  value* const fields = fields_in(copy);
  if (fields == nullptr) return result;
  const scenario::value_map all = *fields->map();
  const auto left_out = [&](std::size_t from, std::size_t count) {
    auto fewer = all;
    const auto begin = fewer.begin() + static_cast<std::ptrdiff_t>(from);
    fewer.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
    fields->is = std::move(fewer);
    result.push_back(copy);
  };
  for (std::size_t count = all.size(); count > 0; count /= 2)
    for (std::size_t from = 0; from + count <= all.size(); from += count)
      left_out(from, count);
  return result;
}

std::optional<scenario_writer> agreed(const scenario_writer& one, const scenario_writer& other) {
  if (one.steps() != other.steps()) return std::nullopt;
  auto result = one;
  std::vector<std::string> given_up;
  std::size_t at = 0;
  for (std::size_t i = 0; i < one.steps(); ++i) {
    auto mine = one.step(i);
    auto theirs = other.step(i);
    keep_common_fields(mine, theirs);
    const auto* const expected = mine.find("expect");
    const bool same = flow_text(mine) == flow_text(theirs);
    if (expected == nullptr) {
      if (!same) return std::nullopt;
      ++at;
      continue;
    }
    const auto conn = flow_text(*mine.find("as")) + flow_text(*mine.find("conn"));
    if (!same && !mask_numbers(mine, theirs)) given_up.push_back(conn);
    if (std::ranges::find(given_up, conn) != given_up.end())
      result = result.without(at);
    else
      result = result.with(at++, std::move(mine));
  }
  return result;
}

void expect_connection(scenario_writer& to, const actor_of& who) {
  to.expect_as(map({{"within", text(patience)},
                    {"event", event("connection")},
                    {"violates", names({"forwarded"})}}),
               {"forwarded"}, who);
}

void expect_no_more(scenario_writer& to, const actor_of& who) {
  to.expect_as(map({{"within", text(patience)},
                    {"event", event("silence", {{"for", text("50ms")}})},
                    {"violates", names({"no-more"})}}),
               {"no-more"}, who);
}

}  // namespace halley::fuzz
