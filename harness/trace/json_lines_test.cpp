#include "trace/json_lines.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "trace/event.hpp"
#include "trace/scratch.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

namespace halley::trace {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_to(const std::filesystem::path& file, std::string_view content) {
  std::ofstream(file, std::ios::binary) << content;
}

event incoming(decltype(event::what) what) {
  event one;
  one.seq = 7;
  one.t = 1'500'001ns;
  one.instance = "ws/echo[a=1]";
  one.conn = "c1";
  one.actor = "client";
  one.dir = direction::in;
  one.off = 10;
  one.len = 4;
  one.what = std::move(what);
  return one;
}

/// The common fields of `incoming` for the event `name`, then `own`.
std::string expected(const std::string& name, const std::string& own) {
  return R"({"t":1.500001,"ev":")" + name +
         R"(","seq":7,"instance":"ws/echo[a=1]","conn":"c1","actor":"client",)"
         R"("dir":"in","off":10,"len":4)" +
         (own.empty() ? "" : ",") + own + "}";
}

wire::field_section host() {
  return {.lines = {{.name = "Host", .value = "a", .raw = "Host: a\r\n"}}};
}

struct row {
  decltype(event::what) what;
  std::string name;
  std::string own;
};

std::vector<row> connection_rows() {
  return {
      {conn_open{.local = "127.0.0.1:1", .remote = "127.0.0.1:2", .endpoint = "ws.echo"},
       "conn.open",
       R"("role":"client","local":"127.0.0.1:1","remote":"127.0.0.1:2","endpoint":"ws.echo")"},
      {wire_octets{octets("\0\xFF\n!", 4)}, "wire.in", R"("hex":"00ff0a21")"},
      {tcp_fin{}, "tcp.fin", ""},
      {tcp_rst{}, "tcp.rst", ""},
      {tcp_error{"timed \"out\""}, "tcp.error", R"("text":"timed \"out\"")"},
      {tunnel_open{"connect"}, "tunnel.open", R"("protocol":"connect")"},
      {wire_fault{wire::wire_error::bad_utf8}, "wire.fault", R"("error":"bad_utf8")"},
      {note{.name = "check", .fields = {{"got", "x"}}}, "check", R"("got":"x")"},
  };
}

std::vector<row> http_rows() {
  return {
      {wire::request_head{.method = "GET",
                          .target = "/a",
                          .version = {},
                          .fields = host(),
                          .raw = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"},
       "http.request",
       R"("start":"GET /a HTTP/1.1","method":"GET","target":"/a","version":"1.1",)"
       R"("fields":[["Host","a"]],"size":28,)"
       R"("hex":"474554202f6120485454502f312e310d0a486f73743a20610d0a0d0a")"},
      {wire::response_head{.version = {.major = 1, .minor = 0},
                           .status = 200,
                           .reason = "OK",
                           .fields = {},
                           .raw = "HTTP/1.0 200 OK\n\n"},
       "http.response",
       R"("start":"HTTP/1.0 200 OK","version":"1.0","status":200,"reason":"OK",)"
       R"("fields":[],"size":17,"hex":"485454502f312e3020323030204f4b0a0a")"},
      {wire::chunk_header{.size = 5, .extension = ";a"}, "http.chunk",
       R"("size":5,"extension":";a")"},
      {wire::chunk_header{}, "http.chunk", R"("size":0)"},
      {wire::body_piece{"ab"}, "http.body", R"("size":2,"hex":"6162")"},
      {wire::trailer_section{host()}, "http.trailer",
       R"("fields":[["Host","a"]],"size":9,"hex":"486f73743a20610d0a")"},
      {wire::message_end{false}, "http.end", R"("complete":false)"},
  };
}

std::vector<row> message_rows() {
  wire::websocket_frame frame;
  frame.rsv = 4;
  frame.mask = {0xDE, 0xAD, 0xBE, 0xEF};
  frame.payload = "hi";
  return {
      {frame, "ws.frame",
       R"("fin":true,"rsv":4,"opcode":"text","mask":"deadbeef","form":"7","size":2,"hex":"6869")"},
      {wire::websocket_message{
           .type = wire::opcode::binary, .data = "x", .compressed = true, .fragments = 3},
       "ws.message", R"("type":"binary","compressed":true,"fragments":3,"size":1,"hex":"78")"},
      {wire::websocket_close{.code = 1000, .reason = "bye", .masked = true}, "ws.close",
       R"("code":1000,"reason":"bye","masked":true)"},
      {wire::websocket_close{}, "ws.close", R"("reason":"","masked":false)"},
      {wire::sse_event{.type = "message", .data = "a\nb", .last_event_id = "4", .id = "4"},
       "sse.event", R"("type":"message","data":"a\nb","last_event_id":"4","id":"4")"},
      {wire::sse_comment{"hi"}, "sse.comment", R"("text":"hi")"},
      {wire::sse_retry{250}, "sse.retry", R"("milliseconds":250)"},
  };
}

TEST(json_lines, every_event_has_its_documented_fields) {
  for (const auto& rows : {connection_rows(), http_rows(), message_rows()})
    for (const auto& one : rows)
      EXPECT_EQ(to_line(incoming(one.what)), expected(one.name, one.own));
}

TEST(json_lines, what_does_not_apply_is_left_out) {
  event one;
  one.what = note{.name = "run.start", .fields = {}};
  EXPECT_EQ(to_line(one), R"({"t":0.000000,"ev":"run.start","seq":0})");
}

TEST(json_lines, a_common_field_wins_over_a_field_of_the_note) {
  event one;
  one.instance = "i";
  one.what = note{.name = "app.x", .fields = {{"t", 1}, {"instance", "j"}, {"conn", "k"}}};
  EXPECT_EQ(to_line(one), R"({"t":0.000000,"ev":"app.x","seq":0,"instance":"i","conn":"k"})");
}

TEST(json_lines, octets_that_are_not_utf_8_are_replaced_and_given_as_hex) {
  const auto line = to_json(incoming(tunnel_open{"a\xFF"}));
  EXPECT_EQ(line["protocol"], "a\xEF\xBF\xBD");
  EXPECT_EQ(line["protocol_hex"], "61ff");
  EXPECT_EQ(line["protocol_size"], 2);
  wire::request_head head;
  head.fields.lines.push_back({.name = "X\x80", .value = "\xC3", .raw = "X\x80: \xC3\r\n"});
  head.raw = "G\xFE / HTTP/1.1\r\nX\x80: \xC3\r\n\r\n";
  const auto request = to_json(incoming(head));
  EXPECT_EQ(request["fields"], json::parse(R"([["X\ufffd","\ufffd"]])"));
  EXPECT_EQ(request["hex"], to_hex(head.raw));
  EXPECT_EQ(request["start_hex"], to_hex("G\xFE / HTTP/1.1"));
}

TEST(json_lines, decoded_payloads_are_cut_and_octets_of_the_wire_are_not) {
  const octets big(inline_octets + 1, 'x');
  const auto piece = to_json(incoming(wire::body_piece{big}));
  EXPECT_EQ(piece["size"], big.size());
  EXPECT_EQ(piece["hex"], to_hex(big.substr(1)));
  EXPECT_EQ(piece["truncated"], true);
  const auto told = to_json(incoming(wire::sse_comment{big}));
  EXPECT_EQ(told["text"], big.substr(1));
  EXPECT_EQ(told["text_size"], big.size());
  const auto moved = to_json(incoming(wire_octets{big}));
  EXPECT_EQ(moved["hex"], to_hex(big));
  EXPECT_EQ(moved["len"], big.size());
}

RC_GTEST_PROP(json_lines, any_octets_give_one_line_of_valid_json, (std::string a, std::string b)) {
  event one = incoming(wire::request_head{
      .method = a, .target = b, .version = {}, .fields = {.lines = {{a, b, a + b}}}, .raw = b + a});
  one.instance = b;
  one.conn = a;
  for (const auto& what : std::vector<decltype(event::what)>{
           one.what, note{a, {{b, a}}}, wire_octets{a}, tcp_error{b}, wire::sse_comment{a},
           conn_open{.local = a, .remote = b, .endpoint = a}}) {
    one.what = what;
    const std::string line = to_line(one);
    RC_ASSERT(line.find('\n') == std::string::npos);
    RC_ASSERT(json::accept(line));
  }
}

TEST(event_log, what_was_appended_is_read_back) {
  const scratch folder;
  event_log log;
  ASSERT_EQ(log.open(folder / "events.jsonl", {{"run", "r1"}, {"ev", "no"}}, true), "");
  std::vector<json> given;
  for (const auto& one : http_rows()) {
    event next = incoming(one.what);
    log.append(next);
    EXPECT_EQ(next.seq, given.size());
    given.push_back(to_json(next));
  }
  EXPECT_EQ(log.failure(), "");
  EXPECT_EQ(log.next_seq(), given.size());
  const auto content = read_log(folder / "events.jsonl");
  EXPECT_EQ(content.problem, "");
  EXPECT_FALSE(content.torn);
  EXPECT_EQ(content.header, (json{{"ev", "header"}, {"schema", "events/1"}, {"run", "r1"}}));
  EXPECT_EQ(content.events, given);
}

TEST(event_log, an_existing_file_is_not_touched) {
  const scratch folder;
  write_to(folder / "events.jsonl", "precious");
  event_log log;
  EXPECT_NE(log.open(folder / "events.jsonl", json::object(), false), "");
  event one;
  log.append(one);
  EXPECT_EQ(content_of(folder / "events.jsonl"), "precious");
}

/// While it lives, files of this process end after `octets`: a write there is short, then fails.
class file_limit {
public:
  explicit file_limit(std::size_t size) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = size, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~file_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::ignore = std::signal(SIGXFSZ, signal_);
  }
  file_limit(const file_limit&) = delete;
  file_limit& operator=(const file_limit&) = delete;

private:
  rlimit before_{};
  void (*signal_)(int);
};

TEST(event_log, a_failed_write_is_kept_and_nothing_is_written_behind_it) {
  const scratch folder;
  event_log log;
  ASSERT_EQ(log.open(folder / "log", json::object(), false), "");
  {
    const file_limit limit(1100);
    for (int i = 0; i < 10; ++i) {
      event one = incoming(wire_octets{octets(100, 'x')});
      log.append(one);
    }
  }
  event late;
  log.append(late);
  EXPECT_EQ(late.seq, 10);
  EXPECT_EQ(log.failure(), (folder / "log").string() + ": cannot write: File too large");
  const auto content = read_log(folder / "log");
  EXPECT_EQ(content.problem, "");
  EXPECT_TRUE(content.torn);
  EXPECT_EQ(content.events.size(), 3);
}

TEST(event_log, every_cut_of_a_log_is_read_up_to_its_last_whole_line) {
  const scratch folder;
  const std::string header = R"({"ev":"header","schema":"events/1"})"
                             "\n";
  const std::string events = "{\"ev\":\"a\"}\n{\"ev\":\"unheard.of\",\"more\":[1]}\n";
  const std::string whole = header + events;
  for (std::size_t cut = header.size(); cut <= whole.size(); ++cut) {
    write_to(folder / "log", whole.substr(0, cut));
    const auto content = read_log(folder / "log");
    EXPECT_EQ(content.problem, "");
    EXPECT_EQ(content.torn, whole[cut - 1] != '\n') << cut;
    const std::size_t lines = cut == whole.size() ? 2 : cut < header.size() + 11 ? 0 : 1;
    EXPECT_EQ(content.events.size(), lines) << cut;
  }
}

TEST(event_log, a_file_that_is_no_event_log_is_named_with_its_line) {
  const scratch folder;
  const auto file = folder / "log";
  const std::string name = file.string();
  const std::string header = "{\"ev\":\"header\",\"schema\":\"events/1\"}\n";
  const std::string not_header = ": not the header line of an event log of schema events/1";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", name + ":1: no header line"},
      {R"({"ev":"header","schema":"events/1"})", name + ":1: no header line"},
      {"{\"ev\":\"header\",\"schema\":\"events/2\"}\n", name + ":1" + not_header},
      {"{\"ev\":3}\n", name + ":1" + not_header},
      {"<xml>\n", name + ":1: not a JSON object"},
      {header + "{}\n[]\n{}\n", name + ":3: not a JSON object"},
      {header + "{\"a\":\n", name + ":2: not a JSON object"},
  };
  for (const auto& [text, problem] : rows) {
    write_to(file, text);
    EXPECT_EQ(read_log(file).problem, problem);
  }
  EXPECT_EQ(read_log(folder / "none").problem, (folder / "none").string() + ": cannot open");
}

/// Appends events for ever; after each one that append has taken, one octet goes to `confirm`.
[[noreturn]] void append_until_killed(const std::filesystem::path& file, int confirm) {
  event_log log;
  if (!log.open(file, json::object(), false).empty()) ::_exit(1);
  for (;;) {
    event one = incoming(wire_octets{octets(241, 'x')});
    log.append(one);
    if (!log.failure().empty() || ::write(confirm, "+", 1) != 1) ::_exit(1);
  }
}

TEST(event_log, a_line_nested_without_end_is_refused) {
  const auto read = [](std::size_t depth, const std::string& inside) {
    std::istringstream in(R"({"ev":"header","schema":"events/1"})"
                          "\n{\"a\":" +
                          std::string(depth, '[') + inside + std::string(depth, ']') + "}\n");
    return read_log(in, "log");
  };
  EXPECT_EQ(read(log_depth - 1, "").problem, "");
  EXPECT_EQ(read(log_depth - 1, R"("\\\"[[[[")").problem, "") << "brackets in a text do not count";
  EXPECT_EQ(read(log_depth, "").problem,
            "log:2: more lists and objects inside each other than an event log has");
  EXPECT_NE(read(1'000'000, "").problem, "");
}

TEST(event_log, a_killed_process_loses_nothing_it_had_confirmed) {
  const scratch folder;
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(::pipe(pipe_ends.data()), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) append_until_killed(folder / "log", pipe_ends[1]);
  ::close(pipe_ends[1]);
  std::array<char, 512> block{};
  std::size_t confirmed = 0;
  const auto count = [&] {
    const auto got = ::read(pipe_ends[0], block.data(), block.size());
    if (got > 0) confirmed += static_cast<std::size_t>(got);
    return got > 0;
  };
  while (confirmed < 5000 && count()) {
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  while (count()) {
  }
  ::close(pipe_ends[0]);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto content = read_log(folder / "log");
  EXPECT_EQ(content.problem, "");
  ASSERT_GE(content.events.size(), confirmed);
  EXPECT_LE(content.events.size(), confirmed + 1);
  const std::string data = to_hex(octets(241, 'x'));
  for (std::size_t i = 0; i < content.events.size(); ++i) {
    ASSERT_EQ(content.events[i]["seq"], i);
    ASSERT_EQ(content.events[i]["hex"], data);
  }
}

}  // namespace
}  // namespace halley::trace
