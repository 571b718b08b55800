#include "engine/event_fields.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "trace/event.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace halley::engine {
namespace {

using field = std::optional<octets>;

octets flag(bool on) {
  return on ? "true" : "false";
}

octets version_text(const wire::http_version& version) {
  return "HTTP/" + std::to_string(version.major) + "." + std::to_string(version.minor);
}

field of(const wire::request_head& head, std::string_view name) {
  if (name == "method") return head.method;
  if (name == "target") return head.target;
  if (name == "version") return version_text(head.version);
  return std::nullopt;
}

field of(const wire::response_head& head, std::string_view name) {
  if (name == "status") return std::to_string(head.status);
  if (name == "reason") return head.reason;
  if (name == "version") return version_text(head.version);
  return std::nullopt;
}

field of(const wire::websocket_frame& frame, std::string_view name) {
  if (name == "fin") return flag(frame.fin);
  if (name == "rsv") return std::to_string(frame.rsv);
  if (name == "opcode") return wire::name(frame.code);
  if (name == "masked") return flag(frame.mask.has_value());
  if (name == "payload") return frame.payload;
  if (name == "size") return std::to_string(frame.payload.size());
  return std::nullopt;
}

field of(const wire::websocket_message& message, std::string_view name) {
  if (name == "type") return wire::name(message.type);
  if (name == "payload") return message.data;
  if (name == "size") return std::to_string(message.data.size());
  if (name == "compressed") return flag(message.compressed);
  return std::nullopt;
}

field of(const wire::websocket_close& close, std::string_view name) {
  if (name == "code") return close.code ? field(std::to_string(*close.code)) : std::nullopt;
  if (name == "reason") return close.reason;
  if (name == "masked") return flag(close.masked);
  return std::nullopt;
}

field of(const wire::sse_event& event, std::string_view name) {
  if (name == "event") return event.type;
  if (name == "data") return event.data;
  if (name == "id") return event.id;
  return std::nullopt;
}

field of(const wire::sse_comment& comment, std::string_view name) {
  return name == "text" ? field(comment.text) : std::nullopt;
}

field of(const wire::sse_retry& retry, std::string_view name) {
  return name == "value" ? field(std::to_string(retry.milliseconds)) : std::nullopt;
}

field of(const wire::chunk_header& chunk, std::string_view name) {
  if (name == "size") return std::to_string(chunk.size);
  if (name == "extension") return chunk.extension;
  return std::nullopt;
}

field of(const wire::message_end& end, std::string_view name) {
  return name == "complete" ? field(flag(end.complete)) : std::nullopt;
}

field text_of(const trace::note& note, const char* key) {
  const auto found = note.fields.find(key);
  if (found == note.fields.end()) return std::nullopt;
  return found->is_string() ? field(found->get<std::string>()) : field(found->dump());
}

/// What a client under test tells: text, or octets in base64.
field of_application(const trace::note& note, std::string_view name) {
  if (name == "payload" || name == "size") {
    auto content = text_of(note, "text");
    if (const auto octets = text_of(note, "base64")) content = from_base64(*octets);
    if (!content) content = text_of(note, "data");
    return content && name == "size" ? field(std::to_string(content->size())) : content;
  }
  if (name == "event") return text_of(note, "type");  // as the protocol calls it
  return text_of(note, std::string(name).c_str());
}

field of(const trace::note& note, std::string_view name) {
  return note.name.starts_with("app.") ? of_application(note, name) : std::nullopt;
}

template <typename Other>
field of(const Other& /*no fields*/, std::string_view /*name*/) {
  return std::nullopt;
}

std::string sized(octet_view data) {
  constexpr std::size_t shown = 16;
  return std::to_string(data.size()) + " octets" +
         (data.empty() ? std::string() : "  " + to_spaced_hex(data, shown));
}

std::string about(const wire::request_head& head) {
  return printable(head.method, 20) + " " + printable(head.target, 60);
}
std::string about(const wire::response_head& head) {
  return std::to_string(head.status) + " " + printable(head.reason, 40);
}
std::string about(const wire::websocket_frame& frame) {
  return std::string(frame.fin ? "fin " : "") +
         (frame.rsv != 0 ? "rsv=" + std::to_string(frame.rsv) + " " : "") + wire::name(frame.code) +
         (frame.mask ? " masked " : " ") + sized(frame.payload);
}
std::string about(const wire::websocket_message& message) {
  return wire::name(message.type) + (message.compressed ? " deflated " : " ") + sized(message.data);
}
std::string about(const wire::websocket_close& close) {
  return (close.code ? std::to_string(*close.code) : std::string("no code")) +
         (close.reason.empty() ? "" : " \"" + printable(close.reason, 60) + "\"");
}
std::string about(const wire::sse_event& event) {
  return printable(event.type, 30) + (event.id ? " id=" + printable(*event.id, 30) : "") + " \"" +
         printable(event.data, 60) + "\"";
}
std::string about(const wire::sse_comment& comment) {
  return printable(comment.text, 60);
}
std::string about(const wire::sse_retry& retry) {
  return std::to_string(retry.milliseconds);
}
std::string about(const wire::chunk_header& chunk) {
  return std::to_string(chunk.size) + " octets" + printable(chunk.extension, 40);
}
std::string about(const wire::body_piece& piece) {
  return sized(piece.data);
}
std::string about(const wire::message_end& end) {
  return end.complete ? "" : "cut short";
}
std::string about(const trace::wire_octets& wire) {
  return sized(wire.data);
}
std::string about(const trace::wire_fault& fault) {
  return std::string(wire::message(fault.what));
}
std::string about(const trace::tcp_error& error) {
  return printable(error.text);
}
std::string about(const trace::tunnel_open& tunnel) {
  return printable(tunnel.protocol, 30);
}
std::string about(const trace::note& note) {
  if (!note.name.starts_with("app.")) return {};
  std::string result;
  for (const auto& [key, one] : note.fields.items())
    result += (result.empty() ? "" : " ") + printable(key, 20) + "=" +
              printable(one.is_string() ? one.get<std::string>() : one.dump(), 60);
  return result;
}
template <typename Other>
std::string about(const Other& /*nothing to say*/) {
  return {};
}

}  // namespace

std::string scenario_name(const trace::event& one) {
  return trace::name_of(one);
}

std::optional<octets> field_of(const trace::event& one, std::string_view field) {
  return std::visit([&](const auto& what) { return of(what, field); }, one.what);
}

std::optional<octets> header_of(const trace::event& one, std::string_view name) {
  if (const auto* request = std::get_if<wire::request_head>(&one.what))
    return request->fields.combined(name);
  if (const auto* response = std::get_if<wire::response_head>(&one.what))
    return response->fields.combined(name);
  if (const auto* trailers = std::get_if<wire::trailer_section>(&one.what))
    return trailers->fields.combined(name);
  if (const auto* note = std::get_if<trace::note>(&one.what)) {
    const auto headers = note->fields.find("headers");
    if (headers == note->fields.end()) return std::nullopt;
    for (const auto& [key, text] : headers->items())
      if (ascii::to_lower(key) == name && text.is_string()) return text.get<std::string>();
  }
  return std::nullopt;
}

std::string describe(const trace::event& one) {
  const auto text = std::visit([](const auto& what) { return about(what); }, one.what);
  return text.empty() ? scenario_name(one) : scenario_name(one) + " " + text;
}

}  // namespace halley::engine
