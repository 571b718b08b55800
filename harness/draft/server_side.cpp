#include "draft/server_side.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "draft/octet_text.hpp"
#include "draft/step_list.hpp"
#include "inspect/verdict.hpp"
#include "scenario/value.hpp"
#include "scenario/written_value.hpp"
#include "trace/event.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::draft {
namespace {

namespace written = scenario::written;
using capture::side;
using std::chrono::nanoseconds;

using entries = std::vector<std::pair<std::string, scenario::value>>;

/// "text/html" of "Text/HTML; charset=utf-8"; empty where it is no plain word.
octets media_type(const wire::response_head& head) {
  const octets value = head.fields.first("Content-Type").value_or("");
  const octets type(ascii::trim_blank(octet_view(value).substr(0, value.find(';'))));
  return is_clean_text(type) ? type : octets();
}

scenario::value one_key(const char* key, const std::string& word) {
  return written::map({{key, written::text(word)}});
}

/// What a client has to hold a 101 to, and what was agreed on. Source: RFC 6455 §4.1.
entries handshake_fields(const wire::response_head& head, const std::string& nonce) {
  entries result = {{"upgrade", one_key("icase", "websocket")},
                    {"connection", one_key("token", "upgrade")}};
  if (!nonce.empty())
    result.emplace_back("sec-websocket-accept", written::text("${ws.accept(" + nonce + ")}"));
  const auto protocol = head.fields.combined("Sec-WebSocket-Protocol");
  if (protocol && is_clean_text(*protocol))
    result.emplace_back("sec-websocket-protocol", written::text(*protocol));
  const auto extensions = head.fields.combined("Sec-WebSocket-Extensions").value_or("");
  const bool deflate = extensions.find("permessage-deflate") != octets::npos;
  result.emplace_back("sec-websocket-extensions", deflate
                                                      ? one_key("contains", "permessage-deflate")
                                                      : written::text("absent"));
  return result;
}

}  // namespace

bool server_side::is_faulty(const trace::event& one) const {
  const std::uint64_t end = one.off + std::max<std::uint64_t>(one.len, 1);
  return std::ranges::any_of(verdict_.findings, [&](const inspect::flow_finding& found) {
    return found.by == side::server && found.depth == 0 && found.off < end &&
           one.off < found.off + std::max<std::uint64_t>(found.len, 1);
  });
}

void server_side::expect(const std::string& event,
                         entries fields,
                         const std::string& requirement,
                         nanoseconds waited) {
  flush();
  to_.expect(conn_, written::event(event, std::move(fields)), requirement, waited);
}

void server_side::flush() {
  if (body_.empty()) return;
  const octets body = std::exchange(body_, {});
  to_.expect(conn_, written::event("http.body", {{"equals", octets_value(body)}}), "answer",
             std::exchange(body_waited_, {}));
}

void server_side::closed(nanoseconds waited) {
  if (!lost_) expect("tcp.closed", {}, "end", waited);
}

void server_side::take_head(const wire::response_head& head,
                            nanoseconds waited,
                            const std::string& nonce) {
  const bool switches = head.status == 101;
  if (head.status < 200 && !switches && head.status != 100) return;
  entries fields = {{"status", written::number(head.status)}};
  const octets type = media_type(head);
  const bool good = head.status >= 200 && head.status < 300;
  events_ = good && ascii::iequals(type, "text/event-stream");
  keeps_body_ = good && !events_;
  in_message_ = head.status >= 200;
  entries wanted;
  if (switches) wanted = handshake_fields(head, nonce);
  if (good && !type.empty()) wanted.emplace_back("content-type", one_key("contains", type));
  if (!wanted.empty()) fields.emplace_back("headers", written::map(std::move(wanted)));
  const auto extensions = head.fields.combined("Sec-WebSocket-Extensions").value_or("");
  deflates_ = deflates_ || (switches && extensions.find("permessage-deflate") != octets::npos);
  expect("http.response", std::move(fields), switches ? "handshake" : "answer", waited);
}

void server_side::take_event(const wire::sse_event& one, bool faulty, nanoseconds waited) {
  entries fields;
  scenario::value keep;
  if (!faulty) fields = {{"event", octets_value(one.type)}, {"data", octets_value(one.data)}};
  if (one.id && !faulty) fields.emplace_back("id", written::text("present"));
  if (one.id && words_.asked_ids.contains(*one.id)) {
    auto& variable = words_.event_ids[*one.id];
    if (variable.empty()) variable = "id-" + std::to_string(words_.event_ids.size());
    keep = written::map({{variable, written::text("id")}});
  }
  flush();
  to_.expect(conn_, written::event("sse.event", std::move(fields)), "event", waited,
             std::move(keep));
}

void server_side::take(const trace::event& one, nanoseconds waited, const std::string& nonce) {
  if (lost_) return;
  const bool faulty = is_faulty(one);
  const auto unless_faulty = [&](entries fields) { return faulty ? entries() : std::move(fields); };
  if (const auto* head = std::get_if<wire::response_head>(&one.what)) {
    take_head(*head, waited, nonce);
  } else if (const auto* piece = std::get_if<wire::body_piece>(&one.what)) {
    if (!keeps_body_) return;
    body_ += piece->data;
    body_waited_ += waited;
  } else if (const auto* end = std::get_if<wire::message_end>(&one.what)) {
    if (!std::exchange(in_message_, false)) return;
    if (!end->complete) return flush();
    expect("http.end", {{"complete", written::truth(true)}}, "answer", waited);
  } else if (const auto* event = std::get_if<wire::sse_event>(&one.what)) {
    take_event(*event, faulty, waited);
  } else if (const auto* message = std::get_if<wire::websocket_message>(&one.what)) {
    expect("ws.message",
           unless_faulty({{"type", written::text(wire::name(message->type))},
                          {"payload", octets_value(message->data)}}),
           "message", waited);
  } else if (const auto* frame = std::get_if<wire::websocket_frame>(&one.what)) {
    if (frame->code == wire::opcode::pong && !faulty)
      expect("ws.frame",
             {{"opcode", written::text("pong")}, {"payload", octets_value(frame->payload)}},
             "message", waited);
  } else if (const auto* close = std::get_if<wire::websocket_close>(&one.what)) {
    const auto code = close->code ? written::number(*close->code) : written::text("absent");
    expect("ws.close", unless_faulty({{"code", code}}), "close", waited);
  } else if (const auto* tunnel = std::get_if<trace::tunnel_open>(&one.what)) {
    lost_ = tunnel->protocol != "websocket";
    if (lost_) flush();
  }
}

}  // namespace halley::draft
