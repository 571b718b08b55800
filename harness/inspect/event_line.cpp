#include "inspect/event_line.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/event_filter.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/inspect_text.hpp"
#include "trace/event.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace halley::inspect {
namespace {

constexpr std::size_t shown_text = 60;

std::string as_text(octet_view text) {
  return '"' + printable(text, shown_text) + '"';
}

std::string upper(std::string text) {
  for (char& one : text)
    one = static_cast<char>(std::toupper(static_cast<unsigned char>(one)));
  return text;
}

/// The names of opcodes, which live longer than any event.
std::string_view type_of(wire::opcode code) {
  switch (code) {
    case wire::opcode::text:
      return "text";
    case wire::opcode::binary:
      return "binary";
    case wire::opcode::continuation:
      return "continuation";
    case wire::opcode::close:
      return "close";
    case wire::opcode::ping:
      return "ping";
    case wire::opcode::pong:
      return "pong";
  }
  return "reserved";
}

std::string payload_text(wire::opcode type, octet_view data) {
  if (type == wire::opcode::text) return as_text(data);
  return to_spaced_hex(data, 16);
}

struct line_maker {
  const seen_event& seen;
  const detail& how;
  event_line& line;

  void facts(std::string_view protocol, std::string_view type, octet_view text) const {
    line.facts.protocol = protocol;
    line.facts.type = type;
    line.facts.text = text;
    line.facts.length = text.size();
  }

  bool operator()(const wire::request_head& one) const {
    facts("http", "request", one.raw);
    line.what = printable(one.method, 20) + " " + printable(one.target, shown_text);
    if (one.fields.has("Upgrade"))
      line.what += "  upgrade " + printable(one.fields.combined("Upgrade").value_or(""), 20);
    return true;
  }
  bool operator()(const wire::response_head& one) const {
    facts("http", "response", one.raw);
    line.facts.status = one.status;
    line.what = std::to_string(one.status) + " " + printable(one.reason, 40);
    const auto type = one.fields.first("Content-Type");
    if (type) line.what += "  " + printable(*type, 40);
    return true;
  }
  bool operator()(const wire::chunk_header& one) const {
    facts("http", "chunk", one.extension);
    line.facts.length = one.size;
    line.what = "chunk of " + grouped(one.size);
    if (!one.extension.empty()) line.what += "  " + printable(one.extension, 40);
    return how.frames;
  }
  bool operator()(const wire::body_piece& one) const {
    facts("http", "body", one.data);
    line.what = "body " + grouped(one.data.size()) + "  " + as_text(one.data);
    return how.frames;
  }
  bool operator()(const wire::trailer_section& one) const {
    facts("http", "trailer", {});
    line.what = "trailer of " + std::to_string(one.fields.lines.size()) + " fields";
    return true;
  }
  bool operator()(const wire::message_end& one) const {
    facts("http", "end", {});
    line.what = one.complete ? "end of message" : "message cut short";
    return how.ends || !one.complete;
  }
  bool operator()(const wire::websocket_frame& one) const {
    facts("ws", type_of(one.code), one.payload);
    line.masked = one.mask.has_value();
    line.what = upper(wire::name(one.code)) + " " + grouped(one.payload.size());
    if (!one.fin) line.what += "  more";
    if (one.rsv != 0) line.what += "  rsv " + std::to_string(one.rsv);
    if (line.masked != (seen.from == capture::side::client))
      line.what += line.masked ? "  MASKED" : "  UNMASKED";
    line.what += "  " + payload_text(one.code, one.payload);
    return how.frames || wire::is_control(one.code) || wire::is_reserved(one.code);
  }
  bool operator()(const wire::websocket_message& one) const {
    facts("ws", type_of(one.type), one.data);
    line.what = upper(wire::name(one.type)) + " " + grouped(one.data.size());
    if (one.compressed) line.what += "  deflate";
    if (one.fragments > 1) line.what += "  in " + grouped(one.fragments) + " frames";
    line.what += "  " + payload_text(one.type, one.data);
    return !how.frames || one.compressed || one.fragments > 1;
  }
  bool operator()(const wire::websocket_close& one) const {
    facts("ws", "close", one.reason);
    line.what = "CLOSE";
    if (one.code) line.what += " " + std::to_string(*one.code);
    if (!one.reason.empty()) line.what += "  " + as_text(one.reason);
    return true;
  }
  bool operator()(const wire::sse_event& one) const {
    facts("sse", "event", one.data);
    line.what = "event " + printable(one.type, 30);
    if (one.id) line.what += "  id " + printable(*one.id, 30);
    line.what += "  " + as_text(one.data);
    return true;
  }
  bool operator()(const wire::sse_comment& one) const {
    facts("sse", "comment", one.text);
    line.what = "comment " + as_text(one.text);
    return true;
  }
  bool operator()(const wire::sse_retry& one) const {
    facts("sse", "retry", {});
    line.what = "retry " + grouped(one.milliseconds) + " ms";
    return true;
  }
  bool operator()(const trace::tunnel_open& one) const {
    facts("tunnel", "tunnel", {});
    line.what = "from here on " + printable(one.protocol, 40);
    return how.ends && one.protocol != "websocket";
  }
  template <typename Other>
  bool operator()(const Other& /*one*/) const {
    return false;
  }
};

}  // namespace

std::optional<event_line> describe(const seen_event& one, const detail& how) {
  event_line line;
  if (!std::visit(line_maker{.seen = one, .how = how, .line = line}, one.what.what))
    return std::nullopt;
  line.facts.from = one.from;
  if (one.missing > 0) line.what += "  " + grouped(one.missing) + " octets missing";
  for (unsigned depth = 0; depth < one.depth; ++depth)
    line.what.insert(0, "│ ");
  return line;
}

std::string hex_rows(octet_view data, std::uint64_t off, std::size_t limit) {
  constexpr std::size_t row = 16;
  std::string text;
  const octet_view shown = data.substr(0, limit);
  for (std::size_t at = 0; at < shown.size(); at += row) {
    const octet_view part = shown.substr(at, row);
    std::array<char, 32> head{};
    const unsigned long long place = off + at;
    std::snprintf(head.data(), head.size(), "%16llx  ", place);
    std::string hex = to_spaced_hex(part, row);
    hex.resize(3 * row, ' ');
    text += head.data() + hex + " ";
    for (const char one : part)
      text += one >= ' ' && one < '\x7F' ? one : '.';
    text += '\n';
  }
  if (shown.size() < data.size())
    text += "                  … " + grouped(data.size() - shown.size()) + " more\n";
  return text;
}

}  // namespace halley::inspect
