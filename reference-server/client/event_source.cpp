#include "reference-server/client/event_source.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/event_stream_reader.hpp"
#include "reference-server/client/http_agent.hpp"
#include "reference-server/client/http_exchange.hpp"
#include "reference-server/client/http_request.hpp"
#include "reference-server/request.hpp"
#include "transport/runtime.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

using nlohmann::json;
using kind = http_outcome::kind;

constexpr int ok = 200;
constexpr int no_content = 204;
constexpr int server_error = 500;
constexpr octet_view stream_type = "text/event-stream";
constexpr std::chrono::milliseconds first_backoff{100};
constexpr std::size_t most_doublings = 8;
constexpr std::uint64_t longest_retry = 100'000'000'000;  // three years of milliseconds

std::shared_ptr<const client_options> options_for_streams(const client_options& how) {
  auto result = std::make_shared<client_options>(how);
  result->maximum_redirects = how.maximum_stream_redirects;
  if (how.mutant("client-sse-redirect-unbounded")) result->maximum_redirects = 1000;
  if (how.mutant("client-sse-redirect-refused")) result->maximum_redirects = 0;
  return result;
}

void set_field(std::vector<field>& fields, octet_view name, octets value) {
  std::erase_if(fields, [&](const field& one) { return ascii::iequals(one.name, name); });
  if (!value.empty()) fields.push_back({octets(name), std::move(value)});
}

void set_unless_there(std::vector<field>& fields, octet_view name, octet_view value) {
  const bool there =
      std::ranges::any_of(fields, [&](const field& one) { return ascii::iequals(one.name, name); });
  if (!there) fields.push_back({octets(name), octets(value)});
}

/// What every request of an event source has. A cache mode of no-store asks caches on the way to
/// keep out of it: Fetch, HTTP-network-or-cache fetch.
void add_own_fields(http_request& to, const client_options& how) {
  const octet_view accepted = how.mutant("client-sse-accepts-html") ? "text/html" : stream_type;
  set_unless_there(to.fields, "Accept", accepted);
  if (how.mutant("client-sse-from-cache")) return;
  set_unless_there(to.fields, "Cache-Control", "no-cache");
  set_unless_there(to.fields, "Pragma", "no-cache");
}

/// The type and subtype of one media type, in small letters; nothing where it is none.
octets essence_of(octet_view media_type) {
  const octet_view text = ascii::trim_blank(media_type.substr(0, media_type.find(';')));
  const std::size_t slash = text.find('/');
  if (slash == octet_view::npos || !ascii::is_token(text.substr(0, slash)) ||
      !ascii::is_token(text.substr(slash + 1)))
    return {};
  return ascii::to_lower(text);
}

/// The elements of a list in which a comma may stand in quotes.
std::vector<octets> elements_outside_quotes(octet_view list) {
  std::vector<octets> result(1);
  bool quoted = false;
  bool escaped = false;
  for (const char c : list) {
    if (c == '"' && !escaped) quoted = !quoted;
    escaped = quoted && c == '\\' && !escaped;
    if (c == ',' && !quoted)
      result.emplace_back();
    else
      result.back() += c;
  }
  return result;
}

}  // namespace

bool is_event_stream(const answer_head& head, const client_options& how) {
  if (how.mutant("client-sse-type-unseen")) return true;
  const octets all = head.value("Content-Type").value_or("");
  if (how.mutant("client-sse-type-by-prefix")) return all.starts_with(stream_type);
  if (how.mutant("client-sse-type-case-seen"))
    return octet_view(all).substr(0, all.find(';')) == stream_type;
  if (how.mutant("client-sse-type-alone")) return ascii::iequals(all, stream_type);
  octets essence;
  for (const octets& one : elements_outside_quotes(all)) {
    const octets its = essence_of(one);
    if (!its.empty() && its != "*/*") essence = its;
    if (!essence.empty() && how.mutant("client-sse-first-type-counts")) break;
  }
  return essence == stream_type;
}

event_source::event_source(transport::runtime& world,
                           std::shared_ptr<const client_options> how,
                           wish what,
                           listener tell)
    : world_(world),
      how_(std::move(how)),
      wish_(std::move(what)),
      listener_(std::move(tell)),
      agent_(std::make_shared<http_agent>(world, options_for_streams(*how_), [](const json&) {})),
      stream_(*how_, wish_.last_id),
      closing_(world.time()),
      retry_(how_->mutant("client-sse-default-minutes") ? std::chrono::minutes(3)
                                                        : how_->default_retry) {
  add_own_fields(wish_.asked, *how_);
  if (!how_->mutant("client-sse-no-origin")) set_field(wish_.asked.fields, "Origin", wish_.origin);
  if (how_->mutant("client-sse-post")) wish_.asked.method = "POST";
  if (how_->mutant("client-sse-content")) wish_.asked.body = "?";
}

void event_source::start(clock::tasks& by) {
  by.spawn(live(shared_from_this(), by));
}

void event_source::close() {
  if (how_->mutant("client-sse-close-reconnects")) {
    agent_->close();
    return;
  }
  state_ = state::closed;
  if (!how_->mutant("client-sse-close-leaves-connection")) agent_->drop();
  closing_.notify();
}

void event_source::drop() {
  listener_ = nullptr;
  state_ = state::closed;
  agent_->drop();
  closing_.notify();
}

awaitable<void> event_source::live(std::shared_ptr<event_source> self, clock::tasks& by) {
  for (;;) {
    self->prepare_request();
    const std::size_t opened_before = self->opened_;
    const bool resumes = !self->stream_.last_id().empty();
    if (resumes && self->how_->mutant("client-sse-preflight")) co_await ask_leave(self, by);
    const http_outcome got = co_await self->agent_->fetch(self->wish_.asked, self.get(), by);
    if (self->state_ == state::closed) co_return;
    const bool opened = self->opened_ != opened_before;
    self->stream_.end([&](stream_message one) { return self->tell_message(std::move(one)); });
    self->take_retry();
    self->failures_ = opened ? 0 : self->failures_ + 1;
    if (self->fails_for_good(got, opened)) {
      self->state_ = state::closed;
      self->agent_->drop();
      if (self->how_->mutant("client-sse-failure-untold")) co_return;
      self->tell_error("failed: " + got.why);
      self->tell({{"event", "app.close"}, {"clean", false}});
      co_return;
    }
    self->state_ = state::connecting;
    self->tell_error(opened ? "the stream ended" : got.why);
    if (self->how_->mutant("client-sse-two-connections")) by.spawn(disturb(self, by));
    const duration delay = self->delay();
    co_await self->wait(delay);
    if (self->state_ == state::closed) co_return;
  }
}

/// What a mutant asks first.
awaitable<void> event_source::ask_leave(std::shared_ptr<event_source> self, clock::tasks& by) {
  http_request leave = self->wish_.asked;
  leave.method = "OPTIONS";
  co_await self->agent_->fetch(leave, nullptr, by);
}

/// A second connection beside the first, of a mutant.
awaitable<void> event_source::disturb(std::shared_ptr<event_source> self, clock::tasks& by) {
  http_request again = self->wish_.asked;
  co_await self->agent_->fetch(again, nullptr, by);
}

awaitable<void> event_source::wait(duration delay) {
  const instant until = world_.time().now() + delay;
  while (state_ != state::closed && world_.time().now() < until)
    co_await closing_.wait_until(until);
}

/// Each stream is read by itself, and asked for from where the ones before it ended.
void event_source::prepare_request() {
  octets last_id = stream_.last_id();
  if (!how_->mutant("client-sse-stream-goes-on")) stream_ = event_stream_reader(*how_, last_id);
  if (how_->mutant("client-sse-no-last-id")) last_id.clear();
  auto& fields = wish_.asked.fields;
  if (last_id.empty() && how_->mutant("client-sse-old-id-again")) return;
  if (opened_ < 2 || !how_->mutant("client-sse-id-of-first-stream"))
    set_field(fields, "Last-Event-ID", last_id);
  if (last_id.empty() && how_->mutant("client-sse-empty-id-sent"))
    fields.push_back({"Last-Event-ID", ""});
  if (opened_ > 0 && how_->mutant("client-sse-fields-once"))
    std::erase_if(fields, [](const field& one) { return one.name.starts_with("X-"); });
}

body_reader::use event_source::begin(const answer_head& head) {
  const bool good_status = head.status == ok ||
                           (head.status / 100 == 2 && how_->mutant("client-sse-any-2xx-opens")) ||
                           (head.status >= 400 && how_->mutant("client-sse-any-error-opens"));
  if (!good_status || !is_shared(head)) return use::none;
  if (!is_event_stream(head, *how_))
    return how_->mutant("client-sse-type-told-late") ? use::whole : use::none;
  ++opened_;
  state_ = state::open;
  const bool told = !how_->mutant("client-sse-open-late") &&
                    (opened_ == 1 || !how_->mutant("client-sse-open-once"));
  if (told) tell({{"event", "app.open"}});
  return use::pieces;
}

/// Whether an answer may be shown to a page of another origin. Source: Fetch, CORS check.
bool event_source::is_shared(const answer_head& head) const {
  if (wish_.origin.empty() || wish_.origin == "http://" + wish_.asked.to.host) return true;
  if (how_->mutant("client-sse-cors-unchecked")) return true;
  const octets allowed = head.value("Access-Control-Allow-Origin").value_or("");
  const bool careless = how_->mutant("client-sse-cors-any-with-credentials");
  if (allowed == "*")
    return (!wish_.credentials || careless) && !how_->mutant("client-sse-cors-any-unknown");
  if (allowed != wish_.origin || how_->mutant("client-sse-cors-names-unknown")) return false;
  return !wish_.credentials || careless ||
         head.value("Access-Control-Allow-Credentials").value_or("") == "true";
}

bool event_source::take(octet_view piece) {
  if (how_->mutant("client-sse-open-late") && messages_ == 0) tell({{"event", "app.open"}});
  return stream_.feed(piece, [&](stream_message one) { return tell_message(std::move(one)); });
}

bool event_source::tell_message(stream_message one) {
  if (state_ == state::closed && !how_->mutant("client-sse-close-tells-on")) return false;
  const bool error = one.type == "error";
  json event = {{"event", "app.message"}, {"type", std::move(one.type)}};
  event["data"] = std::move(one.data);
  event["id"] = std::move(one.id);
  tell(std::move(event));
  if (error && how_->mutant("client-sse-error-type-ends")) return false;
  // As an application does in its handler.
  if (++messages_ == wish_.closes_after) close();
  return state_ != state::closed || how_->mutant("client-sse-close-tells-on");
}

/// What is no network error, and no stream, ends it. Source: HTML §9.2.2 (constructor).
bool event_source::fails_for_good(const http_outcome& got, bool opened) const {
  if (opened) {
    const bool ended = got.is == kind::answered;
    return how_->mutant(ended ? "client-sse-end-is-final" : "client-sse-break-is-final") ||
           (got.head.count("Content-Length") != 0 && how_->mutant("client-sse-length-is-final"));
  }
  if (got.is != kind::unwanted && got.is != kind::answered) return false;
  const int status = got.head.status;
  if (status == no_content && how_->mutant("client-sse-204-reconnects")) return false;
  if (status >= server_error && how_->mutant("client-sse-5xx-reconnects")) return false;
  if (status != ok && how_->mutant("client-sse-failure-reconnects")) return false;
  return got.head.count("Retry-After") == 0 || !how_->mutant("client-sse-retry-after-counts");
}

void event_source::take_retry() {
  const auto said = stream_.retry();
  if (how_->mutant("client-sse-retry-per-stream")) retry_ = how_->default_retry;
  if (!said || how_->mutant("client-sse-retry-ignored")) return;
  retry_ = std::chrono::milliseconds(std::min(*said, longest_retry));
  if (how_->mutant("client-sse-retry-in-seconds")) retry_ = retry_ * 1000;
}

/// The reconnection time, and some more behind failures. Source: HTML §9.2.3.
duration event_source::delay() const {
  const duration base = how_->mutant("client-sse-reconnects-at-once") ? duration() : retry_;
  if (failures_ < 2) return base;
  const auto doublings = std::min(failures_ - 2, most_doublings);
  return base + first_backoff * (1 << doublings);
}

void event_source::tell_error(const octets& why) {
  tell({{"event", "app.error"}, {"text", why}});
}

void event_source::tell(json event) {
  const listener whom = listener_;  // it may drop this
  if (whom) whom(std::move(event));
}

}  // namespace halley::gateway
