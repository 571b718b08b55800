#include "fuzz/grammars/seed_import.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "capture/assembler.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "capture/stream_order.hpp"
#include "fuzz/grammars/corpus_file.hpp"
#include "fuzz/grammars/delivery.hpp"
#include "fuzz/live/exchange.hpp"
#include "trace/json_lines.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_handshake.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace halley::fuzz {
namespace {

std::string contract_of(const wire::request_head& head) {
  if (head.method == "CONNECT") return "proxy.connect";
  if (wire::asks_for_websocket(head) || head.fields.has("Sec-WebSocket-Key")) return "ws.echo";
  if (head.target.find("://") != octets::npos) return "proxy.http";
  if (head.fields.combined("Accept").value_or("").find("text/event-stream") != octets::npos)
    return "http.sse-stream";
  if (head.target.find("cursor=") != octets::npos) return "http.longpoll";
  return "http.root";
}

/// Says what one client did, as it becomes known.
class recorder {
public:
  void client_says(octet_view data) {
    if (done_) return;
    if (server_spoke_ && !made_.acts.empty()) then(made_, act::kind::answer);
    server_spoke_ = false;
    const octet_view taken = data.substr(0, most_octets - size_);
    size_ += taken.size();
    say(made_, taken);
    if (taken.size() < data.size() || made_.acts.size() + 2 > most_acts) ends(act::kind::close);
  }

  void server_says() { server_spoke_ = true; }

  void ends(act::kind how) {
    if (done_) return;
    if (server_spoke_ && !made_.acts.empty() && made_.acts.back().what == act::kind::write)
      then(made_, act::kind::answer);
    then(made_, how);
    done_ = true;
  }

  /// Returns: nothing where the client said nothing.
  std::optional<exchange> take(const std::string& contract) {
    if (size_ == 0) return std::nullopt;
    made_.at = place_in(sent_by(made_));
    if (!contract.empty()) made_.at.contract = contract;
    return std::move(made_);
  }

private:
  exchange made_;
  std::size_t size_ = 0;
  bool server_spoke_ = false;
  bool done_ = false;
};

/// Gathers exchanges, each one once.
class collector {
public:
  collector(corpus_reading& to, const corpus_limits& limits) : to_(to), limits_(limits) {}

  void take(std::optional<exchange> one) {
    if (!one || full()) return;
    if (!known_.insert(to_line(*one)).second) return;
    size_ += sent_by(*one).size();
    to_.known.seeds.push_back(std::move(*one));
  }

  bool full() const {
    return to_.known.seeds.size() >= limits_.seeds || size_ >= limits_.all_octets;
  }

private:
  corpus_reading& to_;
  const corpus_limits& limits_;
  std::set<std::string> known_;
  std::size_t size_ = 0;
};

class recorded_flow final : public capture::flow_sink {
public:
  /// `left`: how many octets all connections that live may still hold.
  explicit recorded_flow(std::size_t& left) : left_(left) {}
  ~recorded_flow() override { left_ += held_; }
  recorded_flow(const recorded_flow&) = delete;
  recorded_flow& operator=(const recorded_flow&) = delete;

  void data(capture::side from, octet_view data, capture::moment /*at*/) override {
    if (from == capture::side::server) return what.server_says();
    const std::size_t taken = std::min(data.size(), left_);
    left_ -= taken;
    held_ += taken;
    what.client_says(data.substr(0, taken));
    if (taken < data.size()) what.ends(act::kind::close);
  }
  // What follows a gap stands behind octets that nobody knows.
  void gap(capture::side from, std::uint64_t /*length*/, capture::moment /*at*/) override {
    if (from == capture::side::client) what.ends(act::kind::close);
  }
  void fin(capture::side from, capture::moment /*at*/) override {
    if (from == capture::side::client) what.ends(act::kind::finish);
  }
  void rst(capture::side from, capture::moment /*at*/) override {
    if (from == capture::side::client) what.ends(act::kind::reset);
  }

  recorder what;

private:
  std::size_t& left_;
  std::size_t held_ = 0;
};

class recorded_flows final : public capture::flow_sinks {
public:
  recorded_flows(collector& to, std::size_t octets_at_a_time) : to_(to), left_(octets_at_a_time) {}

  std::unique_ptr<capture::flow_sink> open(const capture::flow_opening& /*flow*/) override {
    return to_.full() ? nullptr : std::make_unique<recorded_flow>(left_);
  }
  void close(const capture::flow_opening& /*flow*/,
             std::unique_ptr<capture::flow_sink> sink,
             const capture::segment_counts& /*counts*/) override {
    if (auto* flow = dynamic_cast<recorded_flow*>(sink.get())) to_.take(flow->what.take({}));
  }

private:
  collector& to_;
  std::size_t left_;
};

std::string text_of(const nlohmann::json& event, const char* name) {
  const auto found = event.find(name);
  return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A connection of a run.
struct logged_connection {
  recorder what;
  std::string contract;
  bool we_are_client = true;
};

/// The connections of a run, in the order in which they came to be.
class logged_connections {
public:
  void take(const nlohmann::json& event) {
    const std::string conn = text_of(event, "conn");
    if (conn.empty()) return;
    const std::string name = text_of(event, "ev");
    logged_connection& one = of(text_of(event, "instance"), conn);
    if (name == "conn.open") {
      one.we_are_client = text_of(event, "role") != "server";
      // A connection of a peer of ours names the actor that took it.
      const std::string endpoint = text_of(event, "endpoint");
      if (one.we_are_client && endpoint.find('.') != std::string::npos) one.contract = endpoint;
      return;
    }
    const bool client = (text_of(event, "dir") == "out") == one.we_are_client;
    if (name == "wire.out" || name == "wire.in") {
      if (!client) return one.what.server_says();
      one.what.client_says(from_hex(text_of(event, "hex")).value_or(""));
    } else if (client && name == "tcp.fin") {
      one.what.ends(act::kind::finish);
    } else if (client && name == "tcp.rst") {
      one.what.ends(act::kind::reset);
    }
  }

  void give(collector& to) {
    for (logged_connection& one : all_)
      to.take(one.what.take(one.contract));
  }

private:
  logged_connection& of(const std::string& instance, const std::string& conn) {
    const auto [at, is_new] = index_.try_emplace({instance, conn}, all_.size());
    if (is_new) all_.emplace_back();
    return all_[at->second];
  }

  std::vector<logged_connection> all_;
  std::map<std::pair<std::string, std::string>, std::size_t> index_;
};

}  // namespace

place place_in(octet_view written) {
  place at{.contract = "http.root", .authority = {}, .path = {}};
  wire::http_decoder decoder(wire::http_role::request);
  std::vector<wire::http_item> items;
  decoder.feed(written, items);
  const auto found = std::ranges::find_if(items, [](const wire::http_item& one) {
    return std::holds_alternative<wire::request_head>(one.what);
  });
  if (found == items.end()) return at;
  const auto& head = std::get<wire::request_head>(found->what);
  at.contract = contract_of(head);
  at.authority = head.fields.first("Host").value_or("");
  if (head.method == "CONNECT") return at;
  const auto scheme = head.target.find("://");
  const auto path = scheme == octets::npos ? 0 : head.target.find('/', scheme + 3);
  if (path < head.target.size()) at.path = head.target.substr(path);
  return at;
}

corpus_reading import_capture(const std::filesystem::path& file, const import_limits& limits) {
  corpus_reading result;
  collector seeds(result, limits.corpus);
  capture::capture_file from;
  capture::packet_view packet;
  if (from.open(file)) {
    recorded_flows flows(seeds, limits.corpus.all_octets);
    capture::assembler assembler(flows);
    while (!seeds.full() && from.next(packet))
      assembler.take(packet);
    assembler.finish();
  }
  if (const auto& problem = from.problem())
    result.problems.push_back(
        {.file = printable(problem->file),
         .line = 0,
         .text = "octet " + std::to_string(problem->offset) + ": " + problem->text,
         .hint = problem->hint});
  return result;
}

corpus_reading import_events(const std::filesystem::path& file, const import_limits& limits) {
  corpus_reading result;
  const std::string name = printable(file.string());
  std::error_code error;
  const bool is_file = std::filesystem::is_regular_file(file, error);
  if (!is_file || std::filesystem::file_size(file, error) > limits.log_octets || error) {
    result.problems.push_back(
        {.file = name,
         .line = 0,
         .text = is_file ? "is too large to be read into memory" : "cannot be read",
         .hint = "a capture of the same run has no such limit: trace.pcapng"});
    return result;
  }
  const trace::log_content log = trace::read_log(file);
  if (!log.problem.empty())
    result.problems.push_back({.file = name,
                               .line = 0,
                               .text = log.problem,
                               .hint = "events.jsonl of a run is expected"});
  logged_connections connections;
  for (const nlohmann::json& event : log.events)
    connections.take(event);
  collector seeds(result, limits.corpus);
  connections.give(seeds);
  return result;
}

}  // namespace halley::fuzz
