#include "engine/matcher.hpp"

#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "clock/clock.hpp"
#include "engine/event_fields.hpp"
#include "engine/inbox.hpp"
#include "engine/payload.hpp"
#include "engine/value_match.hpp"
#include "scenario/scenario.hpp"
#include "trace/event.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace halley::engine {
namespace {

using fit = progress::fit;
using op = scenario::match::op;

template <typename T>
bool is(const trace::event& one) {
  return std::holds_alternative<T>(one.what);
}

const scenario::match* field_match(const scenario::event_pattern& pattern, std::string_view name) {
  for (const auto& [key, wanted] : pattern.fields)
    if (key == name) return &wanted;
  return nullptr;
}

bool is_interim(const trace::event& one) {
  const auto* head = std::get_if<wire::response_head>(&one.what);
  return head != nullptr && head->status >= 100 && head->status < 200 && head->status != 101;
}

bool is_data_frame(const trace::event& one) {
  const auto* frame = std::get_if<wire::websocket_frame>(&one.what);
  return frame != nullptr && !wire::is_control(frame->code);
}

bool is_ping(const trace::event& one) {
  const auto* frame = std::get_if<wire::websocket_frame>(&one.what);
  return frame != nullptr && frame->code == wire::opcode::ping;
}

bool is_sse(const trace::event& one) {
  return is<wire::sse_event>(one) || is<wire::sse_comment>(one) || is<wire::sse_retry>(one);
}

/// Whether `pattern` looks at whole exchanges, so that what is left of an earlier message is no
/// news to it.
bool wants_next_message(std::string_view pattern) {
  return pattern == "http.response" || pattern == "http.request" || pattern.starts_with("tcp.");
}

/// Whether the message that ends here is the one behind whose head another protocol begins.
bool opens_tunnel(const trace::event& end, const inbox& in) {
  const auto index = static_cast<std::size_t>(&end - in.events().data());
  return index + 1 < in.events().size() && is<trace::tunnel_open>(in.events()[index + 1]);
}

/// Events that only restate what another event of the same octets says, and events that are legal
/// at any time.
bool passes_over(const trace::event& one,
                 const scenario::event_pattern& pattern,
                 const inbox& in,
                 const matching& how) {
  const std::string_view name = pattern.name;
  if (!how.ignoring.empty() &&
      std::ranges::find(how.ignoring, scenario_name(one)) != how.ignoring.end())
    return true;
  if (is<trace::wire_fault>(one) || is<trace::tunnel_open>(one) || is<trace::conn_open>(one))
    return true;                                    // faults are judged by the passive checks
  if (is<wire::trailer_section>(one)) return true;  // read together with http.end
  if (is<wire::chunk_header>(one)) return name != "http.chunk";
  if (is<wire::websocket_message>(one)) return name != "ws.message";
  if (is_data_frame(one)) return name == "ws.message";
  if (is_ping(one)) return name != "ws.frame" || field_match(pattern, "opcode") == nullptr;
  if (is<wire::sse_comment>(one)) return name != "sse.comment";
  if (is<wire::sse_retry>(one)) return name != "sse.retry";
  if (is_sse(one)) return name == "http.body" || name == "http.end" || wants_next_message(name);
  if (is<wire::body_piece>(one)) {
    if (name == "silence") return in.event_stream();
    return name == "http.end" || name == "http.chunk" || name.starts_with("sse.") ||
           wants_next_message(name);
  }
  if (is<wire::message_end>(one))
    return wants_next_message(name) || (name != "http.end" && opens_tunnel(one, in));
  if (is_interim(one)) {
    if (name == "silence") return false;
    if (name != "http.response") return true;
    const auto* status = field_match(pattern, "status");
    return status == nullptr || !satisfies(field_of(one, "status"), *status);
  }
  return false;
}

bool fields_satisfied(const trace::event& one, const scenario::event_pattern& pattern) {
  return std::ranges::all_of(pattern.fields, [&](const auto& field) {
    return satisfies(field_of(one, field.first), field.second);
  });
}

bool headers_satisfied(const trace::event& one,
                       const std::vector<std::pair<std::string, scenario::match>>& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& header) {
    return satisfies(header_of(one, header.first), header.second);
  });
}

/// Follows one alternative through the inbox.
class follower {
public:
  follower(const inbox& in, const matching& how)
      : in_(in), how_(how), findings_(how.known != nullptr ? *how.known : own_) {
    result_.end = in.position();
    result_.at = how.started;
  }

  progress run(const wanted& one) {
    auto& known = findings_.beginning_of[&one];
    if (known.so_far) result_ = *known.so_far;
    bool final = true;
    for (std::size_t i = known.steps; i < one.events.size(); ++i) {
      result_.state = step(one.events[i]);
      final = final && is_single(one.events[i].pattern);
      const bool matched = result_.state == fit::matched;
      if (final && result_.state != fit::impossible) known = {matched ? i + 1 : i, result_};
      if (!matched) break;
    }
    return std::move(result_);
  }

private:
  fit step(const wanted_event& wanted) {
    if (wanted.pattern.name == "silence") return silence(wanted);
    if (wanted.pattern.name == "bytes") return bytes(wanted.pattern);
    if (wanted.pattern.name == "http.body") return body(wanted.pattern);
    return single(wanted.pattern);
  }

  /// Whether `pattern` takes one event: what it passed over or matched stays so.
  static bool is_single(const scenario::event_pattern& pattern) {
    return pattern.name != "silence" && pattern.name != "bytes" && pattern.name != "http.body";
  }

  void consume() {
    const auto& one = in_.events()[result_.end.index];
    if (!is_end(one)) result_.end.offset = std::max(result_.end.offset, one.off + one.len);
    ++result_.end.index;
    result_.end.used = 0;
  }

  /// The next event that means something to `pattern`, or null.
  const trace::event* next(const scenario::event_pattern& pattern) {
    while (result_.end.index < in_.events().size()) {
      const auto& one = in_.events()[result_.end.index];
      if (!passes_over(one, pattern, in_, how_)) return &one;
      consume();
    }
    return nullptr;
  }

  fit nothing_yet() const { return in_.ended() ? fit::impossible : fit::possible; }

  fit refuse() {
    result_.mismatch = result_.end.index;
    return fit::impossible;
  }

  fit accept() {
    result_.matched.push_back(result_.end.index);
    result_.at = in_.events()[result_.end.index].t;
    consume();
    return fit::matched;
  }

  fit single(const scenario::event_pattern& pattern) {
    const auto* one = next(pattern);
    if (one == nullptr) return nothing_yet();
    const auto name = scenario_name(*one);
    const bool same = name == pattern.name || (pattern.name == "tcp.closed" && is_end(*one));
    if (!same) return refuse();
    // Octets of a tunnel that nobody read stand before its end.
    if (is_end(*one) && in_.opaque_from() &&
        in_.end_offset() > std::max(result_.end.offset, *in_.opaque_from()))
      return refuse();
    if (!fields_satisfied(*one, pattern) || !headers_satisfied(*one, pattern.headers))
      return refuse();
    if (!pattern.trailers.empty() && !trailers_satisfied(pattern)) return refuse();
    return accept();
  }

  bool trailers_satisfied(const scenario::event_pattern& pattern) const {
    const auto index = result_.end.index;
    if (index > 0 && is<wire::trailer_section>(in_.events()[index - 1]))
      return headers_satisfied(in_.events()[index - 1], pattern.trailers);
    return std::ranges::all_of(pattern.trailers, [](const auto& wanted) {
      return satisfies(std::nullopt, wanted.second);
    });
  }

  fit silence(const wanted_event& wanted) {
    if (next(wanted.pattern) != nullptr) return refuse();
    if (in_.opaque_from() && in_.end_offset() > std::max(result_.end.offset, *in_.opaque_from()))
      return fit::impossible;
    const instant until = std::max(how_.started, result_.at) + wanted.silence;
    if (how_.now < until) {
      result_.wake = until;
      return fit::possible;
    }
    result_.at = until;
    return fit::matched;
  }

  /// Raw octets, whatever they decode to.
  fit bytes(const scenario::event_pattern& pattern) {
    const auto available = in_.octets_from(result_.end.offset);
    const auto fitted = take(pattern, available, in_.ended());
    if (fitted == fit::impossible && !available.empty()) result_.mismatch = result_.end.index;
    if (fitted != fit::matched) return fitted;
    result_.end = in_.skip_to(result_.end, result_.end.offset + result_.body.size());
    // When they came, not when somebody looks: a silence behind them ends at one time only.
    result_.at = std::max(result_.at, in_.arrival_of(result_.end.offset));
    return fitted;
  }

  /// The octets of a message body; chunk borders carry no meaning (RFC 9112 §7.1).
  fit body(const scenario::event_pattern& pattern) {
    const auto start = result_.end;
    auto& known = known_of(pattern);
    if (known.start != start) {
      known.start = known.reached = start;
      known.data.clear();
    }
    result_.end = known.reached;
    bool complete = false;
    while (const auto* one = next(pattern)) {
      const auto* piece = std::get_if<wire::body_piece>(&one->what);
      if (piece == nullptr) {
        complete = true;
        break;
      }
      known.data += octet_view(piece->data).substr(result_.end.used);
      consume();
    }
    complete = complete || in_.ended();
    const auto behind = known.reached = result_.end;
    const auto fitted = take(pattern, known.data, complete);
    result_.end = start;
    if (fitted == fit::impossible && behind.index < in_.events().size())
      result_.mismatch = behind.index;
    if (fitted == fit::matched) consume_body(pattern, result_.body.size());
    return fitted;
  }

  void consume_body(const scenario::event_pattern& pattern, std::size_t count) {
    while (count > 0) {
      const auto* one = next(pattern);
      const auto& data = std::get<wire::body_piece>(one->what).data;
      const auto take = std::min(count, data.size() - result_.end.used);
      result_.at = one->t;
      result_.matched.push_back(result_.end.index);
      count -= take;
      if (result_.end.used + take == data.size()) {
        consume();
      } else {
        result_.end.used += take;
        result_.end.offset = one->off + result_.end.used;
      }
    }
  }

  /// Decides how much of `available` the fields equals, size, contains and matches take; puts it
  /// into result_.body. `complete`: nothing more will come.
  fit take(const scenario::event_pattern& pattern, octet_view available, bool complete) {
    const auto pending = complete ? fit::impossible : fit::possible;
    result_.body.clear();
    if (const auto* wanted = field_match(pattern, "equals");
        wanted != nullptr && wanted->how == op::equals) {
      auto& known = known_of(pattern);
      if (!known.expected) known.expected = to_octets(wanted->operand);
      const octets& expected = *known.expected;
      const auto common = std::min(expected.size(), available.size());
      if (available.substr(0, common) != octet_view(expected).substr(0, common))
        return fit::impossible;
      if (available.size() < expected.size()) return pending;
      result_.body = expected;
      return fit::matched;
    }
    if (const auto* wanted = field_match(pattern, "size")) {
      const auto size = to_size(wanted->operand);
      if (available.size() < size) return pending;
      result_.body = available.substr(0, static_cast<std::size_t>(size));
      return fit::matched;
    }
    if (pattern.fields.empty()) {
      if (available.empty()) return pending;
      result_.body = available;
      return fit::matched;
    }
    // Everything else looks at the whole: contains, matches.
    if (!complete) return fit::possible;
    result_.body = available;
    const bool good = std::ranges::all_of(pattern.fields, [&](const auto& field) {
      auto match = field.second;
      if (field.first == "contains") match.how = op::contains;
      if (field.first == "matches") match.how = op::matches;
      return satisfies(octets(available), match);
    });
    return good ? fit::matched : fit::impossible;
  }

  findings::octets_so_far& known_of(const scenario::event_pattern& pattern) {
    return findings_.octets_of[&pattern];
  }

  const inbox& in_;
  const matching& how_;
  progress result_;
  findings own_;
  findings& findings_;
};

}  // namespace

progress follow(const inbox& in, const wanted& one, const matching& how) {
  return follower(in, how).run(one);
}

choice choose(const inbox& in, const std::vector<wanted>& alternatives, const matching& how) {
  choice result;
  bool held_back = false;
  bool any_open = false;
  for (std::size_t i = 0; i < alternatives.size(); ++i) {
    auto one = follow(in, alternatives[i], how);
    if (one.wake && (!result.wake || *one.wake < *result.wake)) result.wake = one.wake;
    if (one.mismatch && (!result.mismatch || *one.mismatch < *result.mismatch))
      result.mismatch = one.mismatch;
    if (one.state == fit::matched && !held_back) {
      result.what = choice::outcome::chosen;
      result.index = i;
      result.how = std::move(one);
      return result;
    }
    if (one.state == fit::impossible) continue;
    any_open = true;
    if (one.state == fit::possible && !how.time_is_up) held_back = true;
  }
  result.what = any_open && !how.time_is_up ? choice::outcome::undecided : choice::outcome::none;
  return result;
}

std::string describe(const scenario::event_pattern& pattern) {
  std::string result = pattern.name;
  for (const auto& [name, wanted] : pattern.fields)
    result += " " + printable(name) + "=" + describe(wanted);
  for (const auto& [name, wanted] : pattern.headers)
    result += " " + printable(name) + ": " + describe(wanted);
  for (const auto& [name, wanted] : pattern.trailers)
    result += " trailer " + printable(name) + ": " + describe(wanted);
  return result;
}

}  // namespace halley::engine
