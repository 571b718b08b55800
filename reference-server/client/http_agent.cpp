#include "reference-server/client/http_agent.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "reference-server/client/answer_framing.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/connecting.hpp"
#include "reference-server/client/http_exchange.hpp"
#include "reference-server/client/http_link.hpp"
#include "reference-server/client/http_request.hpp"
#include "reference-server/request.hpp"
#include "reference-server/topic.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

using nlohmann::json;
using kind = http_outcome::kind;

constexpr int expectation_failed = 417;

/// Text as JSON can hold it.
json as_json(const octets& text) {
  if (is_utf8(text)) return text;
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace));
}

bool asks_to_close(const http_request& what) {
  return std::ranges::any_of(what.fields, [](const field& one) {
    return ascii::iequals(one.name, "Connection") && ascii::list_has_token(one.value, "close");
  });
}

/// Hands on the answer that redirects nowhere.
class last_hop_reader final : public body_reader {
public:
  last_hop_reader(body_reader& whose, const http_request& asked, const client_options& how)
      : whose_(whose), asked_(asked), how_(how) {}

  use begin(const answer_head& head) override {
    return redirected(asked_, head, how_) ? use::whole : whose_.begin(head);
  }
  bool take(octet_view piece) override { return whose_.take(piece); }

private:
  body_reader& whose_;
  const http_request& asked_;
  const client_options& how_;
};

void leave_out_expectation(http_request& what) {
  std::erase_if(what.fields, [](const field& one) { return ascii::iequals(one.name, "Expect"); });
}

}  // namespace

http_agent::http_agent(transport::runtime& world,
                       std::shared_ptr<const client_options> how,
                       listener tell)
    : world_(world),
      how_(std::move(how)),
      reading_(reading_options(*how_)),
      listener_(std::move(tell)) {
}

void http_agent::request(http_request what, clock::tasks& by) {
  by.spawn(live(shared_from_this(), std::move(what), by));
}

void http_agent::close() {
  for (const auto& one : connecting_)
    one->give_up();
  for (const auto& one : links_)
    one->close();
  links_.clear();
}

void http_agent::drop() {
  listener_ = nullptr;
  close();
}

awaitable<void> http_agent::live(std::shared_ptr<http_agent> self,
                                 http_request what,
                                 clock::tasks& by) {
  const http_outcome got = co_await self->fetch(what, nullptr, by);
  if (got.is == kind::answered)
    self->tell_response(got);
  else
    self->tell_error(got.why);
}

awaitable<http_outcome> http_agent::fetch(http_request& what,
                                          body_reader* reader,
                                          clock::tasks& by) {
  for (std::size_t followed = 0;; ++followed) {
    http_outcome got = co_await answer_to(what, reader, by);
    if (got.is != kind::answered || !listener_) co_return got;
    auto next = redirected(what, got.head, *how_);
    if (!next) co_return got;
    if (followed == how_->maximum_redirects) {
      got.is = kind::broken;
      got.why = "too many redirects";
      co_return got;
    }
    what = std::move(*next);
  }
}

/// Asks, and asks again where that is allowed.
awaitable<http_outcome> http_agent::answer_to(http_request what,
                                              body_reader* reader,
                                              clock::tasks& by) {
  bool fresh = false;
  http_outcome got = co_await attempt(what, reader, by, fresh);
  // A server may close an idle connection while a request is on its way (RFC 9112 §9.5). One that
  // may have been served already is not repeated (RFC 9110 §9.2.2).
  const bool repeats = is_idempotent(what.method) || how_->mutant("client-http-post-repeated");
  const bool stubborn = how_->mutant("client-http-retry-repeated");
  std::size_t left = stubborn ? 3 : 1;
  while (got.is == kind::lost && repeats && (!fresh || stubborn) && left-- > 0)
    got = co_await attempt(what, reader, by, fresh);
  // RFC 9110 §10.1.1, §15.5.18
  if (got.is == kind::answered && got.head.status == expectation_failed &&
      what.expects_continue() && !how_->mutant("client-http-417-is-final")) {
    leave_out_expectation(what);
    got = co_await attempt(what, reader, by, fresh);
  }
  co_return got;
}

awaitable<http_outcome> http_agent::attempt(http_request what,
                                            body_reader* reader,
                                            clock::tasks& by,
                                            bool& fresh) {
  http_outcome got;
  const served by_what = co_await connection_for(what, by);
  fresh = by_what.fresh;
  if (!by_what.link) {
    got.why = by_what.why;
    co_return got;
  }
  http_asking asking;
  asking.method = what.method;
  asking.closes = asks_to_close(what);
  asking.out.head = head_text(what, *how_);
  asking.out.body = body_text(what, *how_);
  asking.out.waits = what.expects_continue();
  std::optional<last_hop_reader> last_hop;
  if (reader != nullptr) asking.reader = &last_hop.emplace(*reader, what, *how_);
  http_exchange exchange(by_what.link, *how_, reading_, by);
  got = co_await exchange.run(std::move(asking));
  settle(by_what.link, got);
  co_return got;
}

/// Takes a connection that rests, or opens one, with a tunnel where one is wanted.
awaitable<http_agent::served> http_agent::connection_for(http_request what, clock::tasks& by) {
  served result;
  std::erase_if(links_, [](const auto& one) { return one->ended() && !one->idle(); });
  const octets key = what.connection_key();
  for (const auto& one : links_) {
    if (!one->idle() || one->key() != key) continue;
    one->take();
    result.link = one;
    co_return result;
  }
  result.fresh = true;
  const auto making = std::make_shared<connecting>(world_);
  connecting_.push_back(making);
  const instant deadline = world_.time().now() + how_->connect_timeout;
  const transport::endpoint where = what.first_hop().where;
  error_code error;
  auto lower = co_await making->to(where, deadline, error);
  std::erase(connecting_, making);
  if (!lower || !listener_) {
    result.why = error ? error.message() : "given up";
    co_return result;
  }
  const auto link = std::make_shared<http_link>(world_, how_, std::move(lower), key);
  links_.push_back(link);
  link->start(by);
  if (what.tunnel) {
    result.why = co_await open_tunnel(what, link, by);
    if (!result.why.empty()) {
      link->close();
      co_return result;
    }
  }
  result.link = link;
  co_return result;
}

/// Returns: why there is no tunnel, or nothing. Source: RFC 9110 §9.3.6.
awaitable<octets> http_agent::open_tunnel(http_request what,
                                          std::shared_ptr<http_link> on,
                                          clock::tasks& by) {
  http_asking asking;
  asking.method = "CONNECT";
  asking.out.head = connect_text(what, *how_);
  if (how_->mutant("client-http-tunnel-unawaited")) {
    on->take();
    on->send(std::move(asking.out), by);
    bool in_time = true;
    while (!on->sent() && in_time)
      in_time = co_await on->changes();
    co_return octets();
  }
  http_exchange exchange(on, *how_, reading_, by);
  const http_outcome got = co_await exchange.run(std::move(asking));
  if (got.is != kind::answered) co_return got.why;
  // Only a 2xx opens one: what else a proxy says is not the origin's word.
  const bool said = got.persists || !how_->mutant("client-http-tunnel-not-kept");
  const bool opened =
      got.head.status / 100 == 2 && said && !how_->mutant("client-http-tunnel-refused");
  if (!opened && !how_->mutant("client-http-refusal-is-tunnel"))
    co_return "the proxy answered " + std::to_string(got.head.status);
  // The origin has not been asked anything yet (RFC 9112 §9.2).
  if (!on->input().empty() && !how_->mutant("client-http-rest-is-answer"))
    co_return octets("octets in the tunnel that nobody asked for");
  co_return octets();
}

/// Source: RFC 9112 §6.3, §9.2, §9.6.
void http_agent::settle(const std::shared_ptr<http_link>& link, const http_outcome& after) {
  if (after.is == kind::answered && after.persists) {
    link->rest();
    return;
  }
  std::erase(links_, link);
  const bool answered = after.is == kind::answered;
  if (how_->mutant(answered ? "client-http-close-left-open" : "client-http-broken-left-open")) {
    links_.push_back(link);  // neither used nor closed
    return;
  }
  link->close();
}

void http_agent::tell_response(const http_outcome& got) {
  if (!listener_) return;
  json fields = json::object();
  for (const field& one : got.head.fields)
    fields[ascii::to_lower(one.name)] = as_json(*got.head.value(one.name));
  json event = {{"event", "app.response"}, {"status", got.head.status}};
  event["headers"] = std::move(fields);
  event["body"] = as_json(got.body);
  listener_(std::move(event));
}

void http_agent::tell_error(const octets& why) {
  if (!listener_) return;
  json event = {{"event", "app.error"}};
  event["text"] = as_json(why);
  listener_(std::move(event));
}

}  // namespace halley::gateway
