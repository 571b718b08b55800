#include "inspect/har.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/version.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/inspect_json.hpp"
#include "trace/event.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/utf8.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <variant>

namespace halley::inspect {
namespace {

using json = nlohmann::ordered_json;
using capture::side;
using std::chrono::nanoseconds;

double milliseconds(nanoseconds length) {
  return static_cast<double>(length.count()) / 1e6;
}

double seconds(nanoseconds length) {
  return static_cast<double>(length.count()) / 1e9;
}

/// Source: ISO 8601, as HAR asks for.
std::string date_text(nanoseconds since_epoch) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since_epoch);
  const std::time_t time = whole.count();
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> rest{};
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(since_epoch - whole);
  std::snprintf(rest.data(), rest.size(), ".%06dZ", static_cast<int>(micros.count()));
  return std::string(text.data(), size) + rest.data();
}

std::string version_text(const wire::http_version& version) {
  return "HTTP/" + std::to_string(version.major) + "." + std::to_string(version.minor);
}

json headers_of(const wire::field_section& fields) {
  json list = json::array();
  for (const wire::field_line& line : fields.lines)
    list.push_back({{"name", line.name}, {"value", line.value}});
  return list;
}

/// Text as text, other octets in base64.
void put_text(json& to, octet_view data) {
  if (wire::is_utf8(data)) {
    to["text"] = data;
  } else {
    to["text"] = to_base64(data);
    to["encoding"] = "base64";
  }
}

json query_of(octet_view target) {
  json list = json::array();
  const std::size_t mark = target.find('?');
  octet_view rest = mark == octet_view::npos ? octet_view() : target.substr(mark + 1);
  while (!rest.empty()) {
    const octet_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    list.push_back(
        {{"name", pair.substr(0, equals)},
         {"value", equals == octet_view::npos ? octet_view() : pair.substr(equals + 1)}});
  }
  return list;
}

struct kept_body {
  octets data;
  std::uint64_t size = 0;

  void add(octet_view more) {
    size += more.size();
    data += more.substr(0, har_flow::kept_octets - std::min(har_flow::kept_octets, data.size()));
  }
};

}  // namespace

struct har_flow::exchange {
  unsigned depth = 0;
  std::uint64_t frame = 0;
  wire::request_head request;
  wire::response_head response;
  kept_body asked;
  kept_body answered;
  json messages = json::array();
  json events = json::array();
  nanoseconds begun{0};
  nanoseconds sent{0};
  nanoseconds answer{0};
  nanoseconds last{0};
  bool has_answer = false;
  bool whole = false;
  bool websocket = false;

  json entry(const capture::flow_opening& flow) const;
  json request_json(const capture::flow_opening& flow) const;
  json response_json() const;
};

json har_flow::exchange::request_json(const capture::flow_opening& flow) const {
  const std::string host = request.fields.first("Host").value_or(to_string(flow.server));
  const bool path = request.target.starts_with('/');
  json result = {
      {"method", request.method},
      {"url", path ? (websocket ? "ws://" : "http://") + host + request.target : request.target},
      {"httpVersion", version_text(request.version)},
      {"cookies", json::array()},
      {"headers", headers_of(request.fields)},
      {"queryString", query_of(request.target)},
      {"headersSize", request.raw.size()},
      {"bodySize", asked.size}};
  if (asked.size > 0) {
    json post = {{"mimeType", request.fields.first("Content-Type").value_or("")},
                 {"params", json::array()}};
    put_text(post, asked.data);
    result["postData"] = std::move(post);
  }
  return result;
}

json har_flow::exchange::response_json() const {
  json content = {{"size", answered.size},
                  {"mimeType", response.fields.first("Content-Type").value_or("")}};
  if (answered.size > 0) put_text(content, answered.data);
  if (answered.size > answered.data.size()) content["comment"] = "cut";
  return {{"status", response.status},
          {"statusText", response.reason},
          {"httpVersion", version_text(response.version)},
          {"cookies", json::array()},
          {"headers", headers_of(response.fields)},
          {"content", std::move(content)},
          {"redirectURL", response.fields.first("Location").value_or("")},
          {"headersSize", response.raw.size()},
          {"bodySize", answered.size}};
}

json har_flow::exchange::entry(const capture::flow_opening& flow) const {
  const std::string server = to_string(flow.server);
  json result = {{"startedDateTime", date_text(begun)},
                 {"time", milliseconds(last - begun)},
                 {"request", request_json(flow)},
                 {"response", response_json()},
                 {"cache", json::object()},
                 {"timings",
                  {{"send", milliseconds(sent - begun)},
                   {"wait", has_answer ? milliseconds(std::max(answer - sent, nanoseconds{0})) : 0},
                   {"receive", has_answer ? milliseconds(last - answer) : 0}}},
                 {"serverIPAddress", server.substr(0, server.rfind(':'))},
                 {"connection", std::to_string(flow.number)},
                 {"_frame", frame}};
  if (websocket) result["_resourceType"] = "websocket";
  if (websocket) result["_webSocketMessages"] = messages;
  if (!events.empty()) result["_eventStreamMessages"] = events;
  if (!has_answer) result["comment"] = "no response was captured";
  return result;
}

har_flow::har_flow(const capture::flow_opening& flow, giver give)
    : flow_(flow), give_(std::move(give)) {
}
har_flow::~har_flow() = default;

/// The first exchange that is not whole, of those at `depth`.
har_flow::exchange* har_flow::awaiting(unsigned depth) {
  const auto found = std::ranges::find_if(
      open_, [&](const auto& one) { return one->depth == depth && !one->whole; });
  return found == open_.end() ? nullptr : found->get();
}

void har_flow::give_first() {
  while (!open_.empty() && (open_.front()->whole || open_.size() > kept_exchanges)) {
    give_(open_.front()->entry(flow_));
    open_.pop_front();
  }
}

void har_flow::see(const seen_event& one) {
  const trace::event& event = one.what;
  if (const auto* request = std::get_if<wire::request_head>(&event.what)) {
    auto made = std::make_unique<exchange>();
    made->depth = one.depth;
    made->frame = one.frame;
    made->request = *request;
    made->begun = made->sent = made->last = event.t;
    open_.push_back(std::move(made));
    give_first();
    return;
  }
  if (const auto* piece = std::get_if<wire::body_piece>(&event.what)) {
    see_body(one, piece->data);
    return;
  }
  exchange* const now = awaiting(one.depth);
  if (now == nullptr) return;
  now->last = event.t;
  if (const auto* response = std::get_if<wire::response_head>(&event.what)) {
    if (response->status < 200 && response->status != 101) return;
    now->response = *response;
    now->answer = event.t;
    now->has_answer = true;
    now->websocket = response->status == 101 && response->fields.has_token("Upgrade", "websocket");
  } else if (std::holds_alternative<wire::message_end>(event.what)) {
    if (one.from == side::client && !now->has_answer) now->sent = event.t;
    // Behind a switch the exchange lasts as long as the connection.
    const bool switched = now->response.status == 101 || now->request.method == "CONNECT";
    now->whole = one.from == side::server && now->has_answer && !switched;
    give_first();
  } else {
    see_message(one);
  }
}

void har_flow::see_body(const seen_event& one, octet_view data) {
  exchange* now = awaiting(one.depth);
  if (one.from == side::client)
    for (const auto& open : open_)
      if (open->depth == one.depth) now = open.get();
  if (now == nullptr) return;
  (one.from == side::client ? now->asked : now->answered).add(data);
}

void har_flow::see_message(const seen_event& one) {
  exchange* const now = awaiting(one.depth);
  if (const auto* message = std::get_if<wire::websocket_message>(&one.what.what)) {
    if (now->messages.size() >= kept_messages) return;
    const bool text = message->type == wire::opcode::text && wire::is_utf8(message->data);
    now->messages.push_back({{"type", one.from == side::client ? "send" : "receive"},
                             {"time", seconds(one.what.t)},
                             {"opcode", static_cast<int>(message->type)},
                             {"data", text ? message->data : to_base64(message->data)}});
  } else if (const auto* event = std::get_if<wire::sse_event>(&one.what.what)) {
    if (now->events.size() >= kept_messages) return;
    now->events.push_back({{"time", seconds(one.what.t)},
                           {"eventName", event->type},
                           {"eventId", event->last_event_id},
                           {"data", event->data}});
  }
}

void har_flow::end() {
  for (const auto& one : open_)
    give_(one->entry(flow_));
  open_.clear();
}

void har_writer::begin() {
  if (std::exchange(begun_, true)) return;
  to_ << R"({"log":{"version":"1.2","creator":{"name":"halley","version":")" << program_version
      << R"("},"entries":[)";
}

void har_writer::add(const json& entry) {
  begin();
  to_ << (std::exchange(first_, false) ? "\n" : ",\n") << to_line(entry);
}

void har_writer::finish() {
  begin();
  to_ << "\n]}}\n";
}

}  // namespace halley::inspect
