#include "trace/json_lines.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "trace/event.hpp"
#include "trace/output_file.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/utf8.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <ios>
#include <istream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

// The fields of a line. Common, where they apply:
//
//   t          milliseconds since the run's start, six decimals
//   ev, seq    name; number without gaps
//   instance, conn, actor
//   dir        "out" = from Halley, "in" = from the target; with it:
//   off, len   stream offset of the first octet, count of octets in the stream
//
// Own fields of each event; [] = only where it applies:
//
//   header        schema, and what the run says of itself
//   conn.open     role ("client", "server": Halley's), local, remote, endpoint
//   wire.out/in   hex: all octets; len is their count
//   tcp.fin/rst   –
//   tcp.error     text
//   tunnel.open   protocol
//   wire.fault    error: the name of the broken rule
//   http.request  start, method, target, version, fields, PAYLOAD of the whole head
//   http.response start, version, status, reason, fields, PAYLOAD of the whole head
//   http.chunk    size, [extension]
//   http.body     PAYLOAD
//   http.trailer  fields, PAYLOAD of the field lines
//   http.end      complete
//   ws.frame      fin, rsv, opcode, [mask: the key in hex], form ("7", "16", "64"),
//                 PAYLOAD, unmasked
//   ws.message    type, compressed, fragments, PAYLOAD, inflated
//   ws.close      [code], reason, masked
//   sse.event     type, data, last_event_id, [id]
//   sse.comment   text
//   sse.retry     milliseconds
//   others        those of the note; a common field wins over one of the same name
//
// PAYLOAD is size (the true count of octets), hex (the first `inline_octets` of them) and
// [truncated: true]. fields is a list of [name, value].
//
// Text that the peer sent stands as text, octets that are not UTF-8 replaced by U+FFFD. What that
// or a cut after `inline_octets` loses is marked: beside "x" stand then "x_hex", the same octets,
// and "x_size", their true count. (Inside `fields` nothing is marked: the head's PAYLOAD is there.)

namespace halley::trace {
namespace {

using own_fields = nlohmann::ordered_json;

template <typename Json>
void append_value(std::string& line, const Json& value) {
  line += value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_plain(octet_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c >= ' ' && c < '\x7F' && c != '"' && c != '\\'; });
}

void append_text(std::string& line, const std::string& text) {
  if (is_plain(text)) {
    line += '"';
    line += text;
    line += '"';
  } else {
    append_value(line, nlohmann::json(text));
  }
}

void append_field(std::string& line, std::string_view name, const std::string& text) {
  if (text.empty()) return;
  line += ",\"";
  line += name;
  line += "\":";
  append_text(line, text);
}

void append_field(std::string& line, std::string_view name, std::uint64_t number) {
  line += ",\"";
  line += name;
  line += "\":";
  line += std::to_string(number);
}

void append_milliseconds(std::string& line, std::chrono::nanoseconds t) {
  constexpr std::int64_t nanoseconds_in_one = 1'000'000;
  std::array<char, 32> text{};
  const std::int64_t count = t.count();
  if (count < 0) line += '-';
  const std::int64_t size = count < 0 ? -count : count;
  const auto whole = static_cast<long long>(size / nanoseconds_in_one);
  const auto rest = static_cast<long long>(size % nanoseconds_in_one);
  const int length = std::snprintf(text.data(), text.size(), "%lld.%06lld", whole, rest);
  line.append(text.data(), static_cast<std::size_t>(length));
}

void append_common(std::string& line, const event& one) {
  line += "{\"t\":";
  append_milliseconds(line, one.t);
  append_field(line, "ev", name_of(one));
  append_field(line, "seq", one.seq);
  append_field(line, "instance", one.instance);
  append_field(line, "conn", one.conn);
  append_field(line, "actor", one.actor);
  if (one.dir == direction::none) return;
  line += one.dir == direction::out ? R"(,"dir":"out")" : R"(,"dir":"in")";
  append_field(line, "off", one.off);
  const auto* moved = std::get_if<wire_octets>(&one.what);
  append_field(line, "len", moved != nullptr ? moved->data.size() : one.len);
}

bool is_common(const event& one, std::string_view name) {
  if (name == "t" || name == "ev" || name == "seq") return true;
  if (name == "instance") return !one.instance.empty();
  if (name == "conn") return !one.conn.empty();
  if (name == "actor") return !one.actor.empty();
  return one.dir != direction::none && (name == "dir" || name == "off" || name == "len");
}

/// `fields` without their braces, each led by a comma.
template <typename Json>
void append_own(std::string& line, const event& one, const Json& fields) {
  for (const auto& [name, value] : fields.items()) {
    if (is_common(one, name)) continue;
    line += ',';
    append_text(line, name);
    line += ':';
    append_value(line, value);
  }
}

void put_payload(own_fields& to, octet_view data) {
  to["size"] = data.size();
  to["hex"] = to_hex(data.substr(0, inline_octets));
  if (data.size() > inline_octets) to["truncated"] = true;
}

void put_text(own_fields& to, const std::string& name, octet_view text) {
  const octet_view kept = text.substr(0, inline_octets);
  to[name] = kept;
  if (kept.size() == text.size() && wire::is_utf8(kept)) return;
  to[name + "_hex"] = to_hex(kept);
  to[name + "_size"] = text.size();
}

void put_section(own_fields& to, const wire::field_section& section) {
  auto list = own_fields::array();
  for (const auto& line : section.lines)
    list.push_back(own_fields::array({line.name, line.value}));
  to["fields"] = std::move(list);
}

std::string to_text(const wire::http_version& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

/// The first line of a head, without its end.
octet_view start_line(octet_view raw) {
  octet_view line = raw.substr(0, raw.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view to_text(wire::length_form form) {
  switch (form) {
    case wire::length_form::seven_bit:
      return "7";
    case wire::length_form::sixteen_bit:
      return "16";
    case wire::length_form::sixty_four_bit:
      return "64";
  }
  return "";
}

/// Puts the own fields of an event into `to`. Notes and wire octets do not come here.
struct describer {
  own_fields& to;

  void operator()(const note&) const {}
  void operator()(const wire_octets&) const {}
  void operator()(const tcp_fin&) const {}
  void operator()(const tcp_rst&) const {}
  void operator()(const conn_open& one) const {
    to["role"] = one.halley_is_client ? "client" : "server";
    to["local"] = one.local;
    to["remote"] = one.remote;
    to["endpoint"] = one.endpoint;
  }
  void operator()(const tcp_error& one) const { to["text"] = one.text; }
  void operator()(const tunnel_open& one) const { put_text(to, "protocol", one.protocol); }
  void operator()(const wire_fault& one) const { to["error"] = wire::name(one.what); }
  void operator()(const wire::request_head& one) const {
    put_text(to, "start", start_line(one.raw));
    put_text(to, "method", one.method);
    put_text(to, "target", one.target);
    to["version"] = to_text(one.version);
    put_section(to, one.fields);
    put_payload(to, one.raw);
  }
  void operator()(const wire::response_head& one) const {
    put_text(to, "start", start_line(one.raw));
    to["version"] = to_text(one.version);
    to["status"] = one.status;
    put_text(to, "reason", one.reason);
    put_section(to, one.fields);
    put_payload(to, one.raw);
  }
  void operator()(const wire::chunk_header& one) const {
    to["size"] = one.size;
    if (!one.extension.empty()) put_text(to, "extension", one.extension);
  }
  void operator()(const wire::body_piece& one) const { put_payload(to, one.data); }
  void operator()(const wire::trailer_section& one) const {
    put_section(to, one.fields);
    octets raw;
    for (const auto& line : one.fields.lines)
      raw += line.raw;
    put_payload(to, raw);
  }
  void operator()(const wire::message_end& one) const { to["complete"] = one.complete; }
  void operator()(const wire::websocket_frame& one) const {
    to["fin"] = one.fin;
    to["rsv"] = one.rsv;
    to["opcode"] = wire::name(one.code);
    if (one.mask) to["mask"] = to_hex(octets(one.mask->begin(), one.mask->end()));
    to["form"] = to_text(one.form);
    put_payload(to, one.payload);
  }
  void operator()(const wire::websocket_message& one) const {
    to["type"] = wire::name(one.type);
    to["compressed"] = one.compressed;
    to["fragments"] = one.fragments;
    put_payload(to, one.data);
  }
  void operator()(const wire::websocket_close& one) const {
    if (one.code) to["code"] = *one.code;
    put_text(to, "reason", one.reason);
    to["masked"] = one.masked;
  }
  void operator()(const wire::sse_event& one) const {
    put_text(to, "type", one.type);
    put_text(to, "data", one.data);
    put_text(to, "last_event_id", one.last_event_id);
    if (one.id) put_text(to, "id", *one.id);
  }
  void operator()(const wire::sse_comment& one) const { put_text(to, "text", one.text); }
  void operator()(const wire::sse_retry& one) const { to["milliseconds"] = one.milliseconds; }
};

/// Octets moved are most of a log and most of its cost: they are formatted without a JSON tree.
void append_line(std::string& line, const event& one) {
  append_common(line, one);
  if (const auto* moved = std::get_if<wire_octets>(&one.what)) {
    line += R"(,"hex":")";
    line += to_hex(moved->data);
    line += '"';
  } else if (const auto* said = std::get_if<note>(&one.what)) {
    append_own(line, one, said->fields);
  } else {
    own_fields fields;
    std::visit(describer{fields}, one.what);
    append_own(line, one, fields);
  }
  line += '}';
}

}  // namespace

bool nests_too_deep(std::string_view line) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > log_depth) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

std::string to_line(const event& one) {
  std::string line;
  append_line(line, one);
  return line;
}

nlohmann::json to_json(const event& one) {
  return nlohmann::json::parse(to_line(one));
}

std::string event_log::open(const std::filesystem::path& file,
                            const nlohmann::json& header,
                            bool durable) {
  durable_ = durable;
  failure_ = file_.open(file, output_file::if_exists::refuse);
  if (!failure_.empty()) return failure_;
  line_ = R"({"ev":"header","schema":)";
  append_text(line_, events_schema);
  for (const auto& [name, value] : header.items()) {
    if (name == "ev" || name == "schema") continue;
    line_ += ',';
    append_text(line_, name);
    line_ += ':';
    append_value(line_, value);
  }
  line_ += '}';
  write_line();
  return failure_;
}

void event_log::append(event& one) {
  one.seq = seq_++;
  if (!file_.is_open() || !failure_.empty()) return;
  line_.clear();
  append_line(line_, one);
  write_line();
}

void event_log::write_line() {
  line_ += '\n';
  failure_ = file_.write(line_);
  if (durable_ && failure_.empty()) failure_ = file_.sync();
}

log_content read_log(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (in) return read_log(in, file.string());
  log_content content;
  content.problem = file.string() + ": cannot open";
  return content;
}

log_content read_log(std::istream& in, const std::string& name) {
  log_content content;
  std::size_t number = 0;
  const auto wrong = [&](const char* text) {
    content.problem = name + ":" + std::to_string(number) + ": " + text;
  };
  for (std::string line; content.problem.empty() && std::getline(in, line);) {
    ++number;
    content.torn = in.eof();  // the line end is written last: without it nobody confirmed the line
    if (content.torn) break;
    if (nests_too_deep(line)) {
      wrong("more lists and objects inside each other than an event log has");
      break;
    }
    auto value = nlohmann::json::parse(line, nullptr, false);
    if (!value.is_object()) {
      wrong("not a JSON object");
    } else if (number > 1) {
      content.events.push_back(std::move(value));
    } else if (value.value("ev", nlohmann::json()) != "header" ||
               value.value("schema", nlohmann::json()) != events_schema) {
      wrong("not the header line of an event log of schema events/1");
    } else {
      content.header = std::move(value);
    }
  }
  if (content.problem.empty() && content.header.is_null()) {
    number = 1;
    wrong("no header line");
  }
  return content;
}

}  // namespace halley::trace
