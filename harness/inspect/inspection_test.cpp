#include "inspect/inspection.hpp"

#include "base/bytes.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "capture/tcp_frame.hpp"
#include "capture/written_capture.hpp"
#include "checks/written_trace.hpp"
#include "inspect/event_filter.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/har.hpp"
#include "inspect/inspect_json.hpp"
#include "inspect/inspect_text.hpp"
#include "inspect/measures.hpp"
#include "inspect/talk_test_support.hpp"
#include "inspect/verdict.hpp"
#include "inspect/views.hpp"
#include "wire/websocket_frame.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::inspect {
namespace {

using captured::client;
using captured::said;
using captured::server;
using checks::written::frame;
using checks::written::masked;
using checks::written::request;
using checks::written::response;
using checks::written::switching;
using checks::written::upgrade;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// A pcap file of connections, one after the other, a millisecond from packet to packet.
class written_file {
public:
  written_file() : data_(capture::written::pcap_header(false, 0xA1B2C3D4)) {}

  written_file& add(const std::vector<said>& all) {
    capture::tcp_frame up;
    up.from.port = static_cast<std::uint16_t>(40000 + connections_++);
    up.to.port = 80;
    capture::tcp_frame down;
    down.from = up.to;
    down.to = up.from;
    put(up, capture::tcp_syn_flag, {});
    ++up.seq;
    down.ack = up.seq;
    put(down, capture::tcp_syn_flag | capture::tcp_ack_flag, {});
    ++down.seq;
    for (const said& one : all) {
      capture::tcp_frame& from = one.by == client ? up : down;
      from.ack = one.by == client ? down.seq : up.seq;
      put(from, capture::tcp_ack_flag | capture::tcp_psh_flag, one.data);
      from.seq += static_cast<std::uint32_t>(one.data.size());
    }
    return *this;
  }

  const octets& data() const { return data_; }

private:
  void put(capture::tcp_frame& one, std::uint8_t flags, octet_view data) {
    one.flags = flags;
    one.data = data;
    const octets packet = capture::encode(one, true);
    ++packets_;
    data_ += capture::written::pcap_record(
        false, {1'000'000 + packets_ / 1000, packets_ % 1000 * 1000}, packet, packet.size());
  }

  octets data_;
  std::uint32_t packets_ = 0;
  std::uint32_t connections_ = 0;
};

inspection inspected(const octets& data, const inspect_choice& choice = {}) {
  capture::capture_file file;
  EXPECT_TRUE(file.open(data, "a.pcap"));
  inspection result = inspect_file(file, choice);
  result.file = "a.pcap";
  result.read_in = nanoseconds{0};
  return result;
}

std::vector<said> masking_server() {
  return {{client, upgrade()},
          {server, switching()},
          {client, masked("hi", {1, 2, 3, 4})},
          {server, masked("\x1b[31mhi\x9b", {0, 0, 0, 0})}};
}

octets sample() {
  return written_file()
      .add({{client, request()}, {server, response("Content-Length: 2\r\n") + "ok"}})
      .add(masking_server())
      .add(masking_server())
      .add({{client, "\x16\x03\x01"}, {server, "\x16\x03\x03"}})
      .data();
}

TEST(inspection, sums_up_what_people_want_to_know) {
  EXPECT_EQ(summary_text(inspected(sample())),
            "a.pcap  2.14 kB  20 packets  4 connections  19.0 ms of traffic   read in 0.00 ms\n"
            "protocols   http 1 (1 request)  unknown 1  ws 2 (2 requests, 4 frames)\n"
            "integrity   0 retransmitted · 0 out of order · 0 gaps\n"
            "latency     http p50 1.00 ms p99 1.00 ms max 1.00 ms\n"
            "findings    2 violations, 0 should\n"
            "  ✗ RFC 6455 §5.1  server: A server sent a masked frame (RFC 6455 §5.1). "
            "Octets: \"\\x88\"   flow 2  frame 10  server+130  ×2\n"
            "      A server masks no frame.  [rfc6455/5.1-server-unmasked]\n"
            "      expected an unmasked frame\n"
            "      octets   88\n"
            "  ✗ RFC 6455 §5.6, §8.1  server: A text message is not UTF-8 (RFC 6455 §8.1). "
            "Octets: \"\\x9b\"   flow 2  frame 10  server+142  ×2\n"
            "      A text message is UTF-8.  [rfc6455/5.6-utf-8]\n"
            "      expected UTF-8 in a text message\n"
            "      octets   9b\n"
            "not judged\n"
            "  1 connection: this is no HTTP/1.1: unknown (flow 4)\n");
}

/// Whether `value` has the shape that `schema` asks for; unknown keys count as wrong, so that a new
/// field cannot be forgotten in the schema.
std::string schema_problem(const json& schema, const json& value, const std::string& at) {
  if (schema.contains("enum")) {
    const auto& allowed = schema["enum"];
    return std::ranges::find(allowed, value) != allowed.end() ? "" : at + ": " + value.dump();
  }
  const std::string type = schema.value("type", "object");
  const bool right =
      (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
      (type == "string" && value.is_string()) || (type == "boolean" && value.is_boolean()) ||
      (type == "number" && value.is_number()) ||
      (type == "integer" && value.is_number_integer() && value >= 0);
  if (!right) return at + ": " + value.dump() + " is no " + type;
  if (value.is_array())
    for (const json& one : value)
      if (auto wrong = schema_problem(schema["items"], one, at + "[]"); !wrong.empty())
        return wrong;
  if (!value.is_object()) return "";
  for (const auto& name : schema["required"])
    if (!value.contains(name)) return at + ": '" + name.get<std::string>() + "' is missing";
  for (const auto& [name, one] : value.items()) {
    if (!schema["properties"].contains(name)) return at + ": '" + name + "' is not in the schema";
    if (auto wrong = schema_problem(schema["properties"][name], one, at + "/" + name);
        !wrong.empty())
      return wrong;
  }
  return "";
}

json schema_document() {
  std::ifstream in(std::filesystem::path(HALLEY_SOURCE_DIR) /
                   "reports/schemas/inspect.1.schema.json");
  return json::parse(in);
}

TEST(inspect_json, fits_its_shipped_schema) {
  const json schema = schema_document();
  for (const octets& data : {sample(), written_file().data()})
    EXPECT_EQ(schema_problem(schema, json::parse(json_text(inspected(data))), ""), "");
}

TEST(inspect_json, the_schema_check_can_fail) {
  const json schema = schema_document();
  const json good = json::parse(json_text(inspected(sample())));
  const std::vector<std::pair<const char*, json>> changes = {
      {"/schema", "inspect/2"},           {"/flows/0/number", "1"},
      {"/findings/0/severity", "bad"},    {"/capture/unknown", 1},
      {"/flows/1/findings/0/at/off", -1}, {"/flows/1/close", json::object()},
  };
  for (const auto& [pointer, value] : changes) {
    json bad = good;
    bad[json::json_pointer(pointer)] = value;
    EXPECT_NE(schema_problem(schema, bad, ""), "") << pointer;
  }
}

TEST(inspect_json, says_what_was_found_and_where) {
  const json document = json::parse(json_text(inspected(sample())));
  EXPECT_EQ(document["summary"], json::parse(R"({"violation":2,"should":0,"info":0})"));
  const json& first = document["findings"][0];
  EXPECT_EQ(first["ledger"], "rfc6455/5.1-server-unmasked");
  EXPECT_EQ(first["flows"], json::parse("[2,3]"));
  EXPECT_EQ(first["hex"], "88");
  EXPECT_EQ(first["at"], json::parse(R"({"side":"server","off":130,"len":1,"frame":10,"t_ms":9.0,
    "flow":2})"));
  EXPECT_EQ(document["flows"].size(), 4U);
  EXPECT_EQ(document["flows"][3]["not_judged"][0]["reason"], "this is no HTTP/1.1: unknown");
}

TEST(inspection, the_first_pass_leaves_nothing_out) {
  inspect_choice all;
  all.judge_all = true;
  const auto places = [](const inspection& of) {
    std::vector<std::string> result;
    for (const flow_verdict& one : of.flows)
      for (const flow_finding& found : one.findings)
        result.push_back(std::to_string(one.opening.number) + found.broken.id + name(found.by));
    return result;
  };
  EXPECT_EQ(places(inspected(sample())), places(inspected(sample(), all)));
  EXPECT_EQ(inspected(sample()).protocols["http"].counts.requests,
            inspected(sample(), all).protocols["http"].counts.requests);
}

TEST(inspection, keeps_those_with_findings_where_it_cannot_keep_all) {
  inspect_choice choice;
  choice.most_flows = 2;
  const auto result = inspected(sample(), choice);
  ASSERT_EQ(result.flows.size(), 2U);
  EXPECT_EQ(result.flows[0].opening.number, 2U);
  EXPECT_EQ(result.flows_left_out, 2U);
  EXPECT_EQ(result.seen.flows, 4U);
  EXPECT_EQ(result.findings[0].times, 2U);
}

TEST(inspection, a_cut_tail_is_said_and_a_file_that_is_none_is_refused) {
  const octets data = sample();
  EXPECT_TRUE(inspected(data.substr(0, data.size() - 3)).truncated);
  EXPECT_FALSE(inspected(data).truncated);
  const auto none = inspect_path("/nonexistent.pcap", {});
  ASSERT_TRUE(none.problem.has_value());
}

// ---- views

std::string conversation(const octets& data, std::uint64_t flow, view_choice view) {
  conversation_view shown(view);
  std::string text;
  inspect_choice choice;
  choice.only_flow = flow;
  choice.tell = [&shown](const capture::flow_opening& opening) {
    return [&shown, opening](const seen_event& one) { shown.see(opening, one); };
  };
  choice.judged = [&](const flow_verdict& one) { text = shown.text(one); };
  inspected(data, choice);
  return text;
}

TEST(conversation_view, shows_times_arrows_and_what_is_wrong) {
  view_choice view;
  view.how.frames = true;
  view.silence = milliseconds(2);
  EXPECT_EQ(
      conversation(sample(), 2, view),
      "connection 2  127.0.0.1:40001 → 127.0.0.1:80  ws /  5.00 ms  ↑ 148 B  ↓ 143 B\n"
      "     ··· 2.00 ms silence ···\n"
      "    0.002000  ─▶ GET /  upgrade websocket                                      #7\n"
      "    0.003000  ◀─ 101 Switching Protocols                                       #8\n"
      "    0.004000  ─▶ TEXT 2  \"hi\"                                                  #9\n"
      "    0.005000  ◀─ TEXT 8  MASKED  \"\\x1b[31mhi\\x9b\"                              #10\n"
      "                 ✗ RFC 6455 §5.1 A server masks no frame.\n"
      "                   got A server sent a masked frame (RFC 6455 §5.1). Octets: \"\\x88\"\n"
      "                 ✗ RFC 6455 §5.6, §8.1 A text message is UTF-8.\n"
      "                   got A text message is not UTF-8 (RFC 6455 §8.1). Octets: \"\\x9b\"\n");
}

TEST(conversation_view, shows_octets_where_they_lie) {
  view_choice view;
  view.how.hex = true;
  view.filter = event_filter();
  const std::string text = conversation(sample(), 3, view);
  EXPECT_NE(
      text.find("              87  1b 5b 33 31 6d 68 69 9b                          .[31mhi.\n"),
      std::string::npos)
      << text;
}

TEST(views, let_no_control_character_pass) {
  octets hostile;
  for (int c = 1; c < 256; ++c)
    hostile += static_cast<char>(c);
  const octets data =
      written_file()
          .add({{client, request("X: \x1b]0;y\x07\r\n", "GET /\x1b[2J HTTP/1.1")},
                {server,
                 response("Content-Type: a\x1b[1m\r\n", "HTTP/1.1 200 \x1b[1m\x9b") + hostile}})
          .add({{client, upgrade()}, {server, switching() + frame(wire::opcode::text, hostile)}})
          .data();
  const auto safe = [](const std::string& text) {
    return std::ranges::none_of(text,
                                [](char c) { return c == '\x1b' || c == '\x07' || c == '\r'; }) &&
           text.find("\xc2\x9b") == std::string::npos;
  };
  view_choice view;
  view.how = {.frames = true, .ends = true, .hex = true};
  EXPECT_TRUE(safe(summary_text(inspected(data))));
  EXPECT_TRUE(safe(conversation(data, 1, view)));
  EXPECT_TRUE(safe(conversation(data, 2, view)));
  EXPECT_TRUE(safe(json_text(inspected(data))));
}

std::string listed(const octets& data, std::string_view words) {
  std::string problem;
  view_choice view;
  view.filter = event_filter::parse(words, problem);
  EXPECT_EQ(problem, "");
  std::ostringstream to;
  event_list list(view, to);
  inspect_choice choice;
  choice.tell = [&list](const capture::flow_opening& opening) {
    return [&list, opening](const seen_event& one) { list.see(opening, one); };
  };
  inspected(data, choice);
  return to.str();
}

TEST(har_flow, holds_exchanges_and_the_messages_behind_a_switch) {
  std::ostringstream to;
  har_writer writer(to);
  EXPECT_EQ(to.str(), "");
  inspect_choice choice;
  std::shared_ptr<har_flow> open;
  choice.tell = [&](const capture::flow_opening& opening) {
    open = std::make_shared<har_flow>(
        opening, [&](const nlohmann::ordered_json& entry) { writer.add(entry); });
    return [open](const seen_event& one) { open->see(one); };
  };
  const octets data =
      written_file()
          .add({{client, request("", "GET /a?b=c&d HTTP/1.1") + request()},
                {server, response("Content-Length: 2\r\n") + "\xff\xfe" +
                             response("Content-Length: 4\r\nContent-Type: a/b\r\n") + "</a>"},
                {client, upgrade()},
                {server, switching() + frame(wire::opcode::text, "hi")},
                {client, masked("\xc3\xa4", {1, 2, 3, 4})}})
          .data();
  inspected(data, choice);
  open->end();
  writer.finish();
  const json entries = json::parse(to.str())["log"]["entries"];
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0]["request"]["url"], "http://a/a?b=c&d");
  EXPECT_EQ(entries[0]["request"]["queryString"],
            json::parse(R"([{"name":"b","value":"c"},{"name":"d","value":""}])"));
  EXPECT_EQ(entries[0]["response"]["content"],
            json::parse(R"({"size":2,"mimeType":"","text":"//4=","encoding":"base64"})"));
  EXPECT_EQ(entries[1]["response"]["content"]["text"], "</a>");
  EXPECT_EQ(entries[2]["_resourceType"], "websocket");
  ASSERT_EQ(entries[2]["_webSocketMessages"].size(), 2U);
  EXPECT_EQ(entries[2]["_webSocketMessages"][0]["type"], "receive");
  EXPECT_EQ(entries[2]["_webSocketMessages"][1]["data"], "\xc3\xa4");
}

TEST(event_filter, picks_what_fits_all_words) {
  struct filter_case {
    const char* words;
    int lines;
  };
  for (const auto& one : std::vector<filter_case>{
           {"", 10},
           {"proto:ws", 4},
           {"proto:ws dir:in", 2},
           {"proto:ws side:client flow:3", 1},
           {"-proto:ws", 6},
           {"len>2 type:text", 2},
           {"len<3 type:text", 2},
           {"len=8", 2},
           {"status:101", 2},
           {"text~hi", 6},
           {"text~\"[31mhi\"", 2},
           {"text~\"Sec-WebSocket-Version: 13\"", 2},
           {"type:ping", 0},
       }) {
    const std::string text = listed(sample(), one.words);
    EXPECT_EQ(std::ranges::count(text, '\n'), one.lines) << one.words << '\n' << text;
  }
}

TEST(event_filter, says_what_is_wrong) {
  for (const char* words : {"foo:1", "len:3", "len>x", "text:a", "dir:up", "side:x", "flow>1",
                            "text~\"open", "flow:", "ws"}) {
    std::string problem;
    EXPECT_TRUE(event_filter::parse(words, problem).empty()) << words;
    EXPECT_NE(problem, "") << words;
  }
}

TEST(silence_list, shows_what_lasted_as_long) {
  view_choice view;
  view.silence = milliseconds(2);
  std::ostringstream to;
  inspect_choice choice;
  choice.tell = [&](const capture::flow_opening& opening) {
    return
        [list = silence_list(opening, view, to)](const seen_event& one) mutable { list.see(one); };
  };
  inspected(written_file().add({{client, request()}, {server, response()}}).data(), choice);
  EXPECT_EQ(to.str(), "connection 1  2.00 ms silence before     0.002000 s  #3\n");
}

TEST(time_histogram, tells_percentiles_and_never_more_than_the_longest) {
  time_histogram histogram;
  EXPECT_EQ(histogram.percentile(0.5), nanoseconds{0});
  for (int i = 1; i <= 1000; ++i)
    histogram.add(milliseconds(i));
  for (const double part : {0.01, 0.5, 0.9, 0.99, 1.0}) {
    const nanoseconds exact = milliseconds(static_cast<int>(part * 1000));
    EXPECT_GE(histogram.percentile(part), exact) << part;
    EXPECT_LE(histogram.percentile(part), exact * 104 / 100) << part;
    EXPECT_LE(histogram.percentile(part), histogram.max()) << part;
  }
  EXPECT_EQ(histogram.min(), milliseconds(1));
  EXPECT_EQ(histogram.max(), milliseconds(1000));
}

}  // namespace
}  // namespace halley::inspect
