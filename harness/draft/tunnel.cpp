#include "draft/tunnel.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "draft/client_head.hpp"
#include "draft/octet_text.hpp"
#include "draft/recorded.hpp"
#include "draft/step_list.hpp"
#include "inspect/verdict.hpp"
#include "scenario/written_value.hpp"
#include "wire/http_message.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace halley::draft {
namespace {

namespace written = scenario::written;
using capture::side;

constexpr const char* origin = "127.0.0.1:${origin.port}";

/// One tunnel, from its request to its end.
class tunnelling {
public:
  tunnelling(const recorded& from, step_list& to)
      : from_(from), data_(from.connections.front().data), to_(to) {}

  std::string play();

private:
  void ask(const wire::request_head& head);
  void answer(const deed& one, const wire::response_head& head);
  void carry(side by, std::chrono::nanoseconds waited);
  void end(const deed& one, std::size_t index, std::chrono::nanoseconds waited);
  bool speaks_after(side who, std::size_t index) const;

  static std::size_t at(side one) { return inspect::index_of(one); }
  static const char* actor(side one) { return one == side::client ? "client" : "origin"; }

  const recorded& from_;
  const std::array<octets, 2>& data_;
  step_list& to_;
  std::array<std::uint64_t, 2> known_{};
  std::array<std::uint64_t, 2> sent_{};
  bool asked_ = false;
  bool open_ = false;
  bool over_ = false;
};

void tunnelling::ask(const wire::request_head& head) {
  to_.speak_as("client");
  to_.add({}, "open", written::map({{"to", written::text("${target.proxy.connect}")}}));
  auto made = write_head(
      head, {.target = origin, .host = names_host(head) ? origin : "", .key = {}, .event_ids = {}});
  to_.add({}, "send", written::map({{made.form, std::move(made.what)}}));
  sent_[0] = head.raw.size();
  asked_ = true;
}

void tunnelling::answer(const deed& one, const wire::response_head& head) {
  const octets early = data_[0].substr(sent_[0], known_[0] - sent_[0]);
  if (!early.empty()) to_.add({}, "send", written::map({{"bytes", octets_value(early)}}));
  to_.expect({}, written::event("http.response", {{"status", written::number(head.status)}}),
             "answer", {});
  to_.speak_as("origin");
  to_.add({}, "accept", written::map({{"within", written::text("5s")}}));
  if (!early.empty())
    to_.expect({}, written::event("bytes", {{"equals", octets_value(early)}}), "tunnel", {});
  sent_ = {known_[0], one.what.off + head.raw.size()};
  open_ = true;
}

/// What `by` has said goes in on its side and has to come out on the other.
void tunnelling::carry(side by, std::chrono::nanoseconds waited) {
  const std::uint64_t end = known_.at(at(by));
  std::uint64_t& begin = sent_.at(at(by));
  if (!open_ || end <= begin) return;
  const auto said = octets_value(octet_view(data_.at(at(by))).substr(begin, end - begin));
  begin = end;
  to_.speak_as(actor(by));
  to_.add({}, "send", written::map({{"bytes", said}}));
  to_.speak_as(actor(inspect::other(by)));
  to_.expect({}, written::event("bytes", {{"equals", said}}), "tunnel", waited);
}

bool tunnelling::speaks_after(side who, std::size_t index) const {
  return std::any_of(
      from_.deeds.begin() + static_cast<std::ptrdiff_t>(index), from_.deeds.end(),
      [&](const deed& one) { return one.from == who && one.is == deed::kind::octets; });
}

void tunnelling::end(const deed& one, std::size_t index, std::chrono::nanoseconds waited) {
  carry(side::client, waited);
  carry(side::server, waited);
  const bool half = one.is == deed::kind::fin && speaks_after(inspect::other(one.from), index);
  over_ = !half;
  to_.speak_as(actor(one.from));
  to_.add({}, "close", written::text(one.is == deed::kind::rst ? "rst" : half ? "write" : "fin"));
  // What the origin saw of the client's end is not in the capture.
  if (one.from == side::client) return;
  to_.speak_as("client");
  to_.expect({}, written::event("tcp.closed"), "end", waited);
}

std::string tunnelling::play() {
  std::chrono::nanoseconds last = from_.deeds.front().t;
  for (std::size_t i = 0; i < from_.deeds.size() && !over_; ++i) {
    const deed& one = from_.deeds[i];
    const auto waited = one.t - std::exchange(last, one.t);
    if (one.is == deed::kind::octets) {
      carry(inspect::other(one.from), waited);
      known_.at(at(one.from)) = one.known;
    } else if (one.is == deed::kind::event && !open_) {
      const auto* request = std::get_if<wire::request_head>(&one.what.what);
      const auto* response = std::get_if<wire::response_head>(&one.what.what);
      if (request != nullptr && (asked_ || request->method != "CONNECT"))
        return "its tunnel does not begin with its first request";
      if (request != nullptr) ask(*request);
      if (response != nullptr && (!asked_ || response->status < 200 || response->status > 299))
        return "its tunnel does not begin with its first answer";
      if (response != nullptr) answer(one, *response);
    } else if (one.is == deed::kind::fin || one.is == deed::kind::rst) {
      end(one, i, waited);
    }
  }
  carry(side::client, {});
  carry(side::server, {});
  to_.drop_last_close();
  return open_ ? std::string() : "no tunnel was opened";
}

}  // namespace

bool has_tunnel(const recorded& from) {
  return std::ranges::any_of(from.connections, [](const recorded_connection& one) {
    return one.verdict.counts.tunnels > 0;
  });
}

std::string draft_tunnel(const recorded& from, step_list& to) {
  const recorded_connection& only = from.connections.front();
  const std::string name = "connection " + std::to_string(only.opening.number) + ": ";
  if (from.connections.size() > 1) return "a tunnel is drafted alone";
  if (!only.opening.whole) return name + "the capture begins inside of it";
  const auto why = tunnelling(from, to).play();
  return why.empty() ? why : name + why;
}

}  // namespace halley::draft
