#include "reference-server/client/conversation.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "clock/wake.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_frames.hpp"
#include "reference-server/client/client_guard.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/connecting.hpp"
#include "reference-server/client/opening.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "reference-server/topic.hpp"
#include "reference-server/websocket.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace halley::gateway {
namespace {

using nlohmann::json;

constexpr duration long_wait = std::chrono::hours(1);
constexpr std::size_t read_block = 16384;
constexpr unsigned no_status = 1005;  // RFC 6455 §7.1.5
constexpr unsigned abnormal = 1006;   // RFC 6455 §7.1.5
constexpr unsigned normal = 1000;
constexpr int switching_protocols = 101;

octets sixteen_octets(transport::runtime& world) {
  octets result;
  for (int half = 0; half < 2; ++half) {
    const std::uint64_t chance = world.random("client keys");
    for (unsigned shift = 0; shift < 64; shift += 8)
      result += static_cast<char>(chance >> shift & 0xFFU);
  }
  return result;
}

/// Text as JSON can hold it: only a mutant has any that is no UTF-8.
json as_json(const octets& text) {
  if (is_utf8(text)) return text;
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace

conversation::conversation(transport::runtime& world,
                           std::shared_ptr<const client_options> how,
                           wish what,
                           listener tell)
    : world_(world),
      how_(std::move(how)),
      wish_(std::move(what)),
      listener_(std::move(tell)),
      work_(world.time()),
      freed_(world.time()),
      closing_(world.time()) {
}

void conversation::start(clock::tasks& by) {
  by.spawn(live(shared_from_this(), by));
}

bool conversation::send(websocket::message one) {
  if (state_ == state::closing || state_ == state::ended) return true;
  if (one.data.size() > how_->maximum_queued - queued_) return false;
  queued_ += one.data.size();
  ++unsent_;
  queue_.push_back(std::move(one));
  work_.notify();
  return true;
}

void conversation::close(client_frames::close_frame with) {
  if (state_ == state::connecting) {
    cut();
  } else if (state_ == state::open) {
    state_ = state::closing;
    goodbye_ = std::move(with);
    work_.notify();
  }
}

void conversation::drop() {
  dropped_ = true;
  listener_ = nullptr;
  cut();
}

/// Ends TCP on this side, wherever the conversation is.
void conversation::cut() {
  if (attempt_) attempt_->give_up();
  if (handshaking_ != nullptr) handshaking_->close();
  if (frames_ && state_ != state::ended) frames_->drop();
  if (state_ == state::connecting) dropped_ = true;
  work_.notify();
  freed_.notify();
}

awaitable<void> conversation::live(std::shared_ptr<conversation> self, clock::tasks& by) {
  error_code error;
  auto lower = co_await self->connect(error);
  if (!lower || self->dropped_) {
    self->fail(lower ? "given up" : error.message());
    co_return;
  }
  co_await self->open(std::move(lower));
  if (!self->frames_ || self->state_ == state::ended) co_return;
  by.spawn(write_all(self));
  co_await self->read_messages();
  co_await self->end();
}

awaitable<std::unique_ptr<transport::transport>> conversation::connect(error_code& error) {
  const auto one = std::make_shared<connecting>(world_);
  attempt_ = one;
  const instant deadline = world_.time().now() + how_->connect_timeout;
  auto made = co_await one->to(wish_.asked.to.where, deadline, error);
  attempt_.reset();
  co_return std::move(made);
}

/// Does the opening handshake. Source: RFC 6455 §4.1.
awaitable<void> conversation::open(std::unique_ptr<transport::transport> lower) {
  handshaking_ = lower.get();
  clock::watchdog bound(world_.time());
  bool late = false;
  bound.arm(world_.time().now() + how_->opening_timeout, [&late, &lower] {
    late = true;
    lower->close();
  });
  opening asked = wish_.asked;
  asked.key = key_from(sixteen_octets(world_), *how_);
  const octets request = request_text(asked, *how_);
  error_code error;
  const auto from = boost::asio::buffer(request);
  co_await transport::write_all(*lower, from, error);
  guarded connection;
  octets head;
  octets why = error ? error.message() : "";
  if (!error) why = co_await read_answer(*lower, connection.early, head);
  bound.disarm();
  handshaking_ = nullptr;
  if (late) why = "no answer in time";
  agreement agreed;
  if (why.empty()) {
    // Its value with exactly one blank in front is all that the mutant knows.
    const octets bare = ": " + accept_for(asked.key) + "\r\n";
    const bool bad_space =
        how_->mutant("client-accept-space-seen") && head.find(bare) == octets::npos;
    const auto answer = parse_answer(head);
    auto checked = check_answer(std::get<answer_head>(answer), asked, *how_);
    if (const auto* const refused = std::get_if<octets>(&checked))
      why = *refused;
    else if (bad_space)
      why = "white space around Sec-WebSocket-Accept";
    else
      agreed = std::get<agreement>(std::move(checked));
  }
  if (!why.empty() || dropped_) {
    lower->close();
    fail(why.empty() ? "given up" : why);
    co_return;
  }
  connection.lower = std::move(lower);
  connection.deflate = agreed.deflate;
  frames_ = client_frames::over(world_, std::move(connection), *how_);
  const bool begun = co_await frames_->begin();
  if (!begun || dropped_) {
    frames_->drop();
    fail("the frame layer did not begin");
    co_return;
  }
  state_ = state::open;
  json opened = {{"event", "app.open"}};
  opened["protocol"] = how_->mutant("client-protocol-untold") ? octets() : agreed.protocol;
  opened["extensions"] = agreed.extensions;
  tell(std::move(opened));
}

/// Reads heads until a final one. What came behind it belongs to the frames.
/// Returns: why there is none, or nothing.
awaitable<octets> conversation::read_answer(transport::transport& from,
                                            octets& early,
                                            octets& head) {
  options limits;
  limits.http_maximum_head_size = how_->maximum_head;
  octets block(read_block, '\0');
  std::size_t interim = 0;
  for (;;) {
    const auto found = find_head(early, limits);
    if (const auto* const bad = std::get_if<refusal>(&found))
      co_return octets(bad->status == 400 ? bad->why : "head too large");
    const std::size_t size = std::get<std::size_t>(found);
    if (size != 0) {
      head = early.substr(0, size);
      early.erase(0, size);
      const auto answer = parse_answer(head);
      if (const auto* const bad = std::get_if<octets>(&answer)) co_return *bad;
      const int status = std::get<answer_head>(answer).status;
      // Interim answers may come unasked (RFC 9110 §15.2).
      const bool last = status == switching_protocols || status / 100 != 1;
      if (last || how_->mutant("client-interim-refused")) co_return octets();
      interim += size;
      if (interim > how_->maximum_head) co_return octets("too many interim answers");
      continue;
    }
    error_code error;
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await transport::read_some(from, into, error);
    early.append(block, 0, got);
    if (error) co_return error.message();
  }
}

awaitable<void> conversation::read_messages() {
  websocket::message got;
  for (;;) {
    const bool more = co_await frames_->read(got);
    if (!more || dropped_) co_return;
    // Behind its own Close the application hears nothing more, as in the interface of HTML.
    if (state_ != state::open) continue;
    tell_message(got);
    if (!wish_.echo) continue;
    send(std::move(got));
    // What comes next may be the Close, behind whose answer nothing can be sent.
    while (unsent_ > 0 && !writer_done_) {
      const instant later = world_.time().now() + long_wait;
      co_await freed_.wait_until(later);
    }
  }
}

awaitable<void> conversation::write_all(std::shared_ptr<conversation> self) {
  bool works = true;
  while (works && !self->reader_done_ && !self->dropped_) {
    if (!self->queue_.empty()) {
      websocket::message one = std::move(self->queue_.front());
      self->queue_.pop_front();
      const std::size_t size = one.data.size();
      works = co_await self->frames_->write(std::move(one));
      self->queued_ -= size;
      --self->unsent_;
      self->freed_.notify();
    } else if (self->goodbye_) {
      co_await self->say_goodbye();
      works = false;
    } else {
      const instant later = self->world_.time().now() + long_wait;
      co_await self->work_.wait_until(later);
    }
  }
  self->writer_done_ = true;
  self->freed_.notify();
}

/// Begins the closing handshake. A server that does not answer is waited for that long only.
awaitable<void> conversation::say_goodbye() {
  closing_.arm(world_.time().now() + how_->close_timeout, [this] { frames_->drop(); });
  client_frames::close_frame with = *goodbye_;
  co_await frames_->close(std::move(with));
  closing_.disarm();
}

awaitable<void> conversation::end() {
  reader_done_ = true;
  work_.notify();
  while (!writer_done_) {
    const instant later = world_.time().now() + long_wait;
    co_await freed_.wait_until(later);
  }
  co_await frames_->settle();
  state_ = state::closing;
  // A failure is told at once. A clean end is one when TCP has ended, too (RFC 6455 §7.1.4).
  const bool clean = frames_->closed_by().has_value();
  if (!clean) tell_close();
  const instant deadline = world_.time().now() + how_->linger_timeout;
  co_await frames_->finish(deadline);
  if (clean) tell_close();
  state_ = state::ended;
}

void conversation::fail(const octets& why) {
  state_ = state::ended;
  json error = {{"event", "app.error"}};
  error["text"] = as_json(why);
  tell(std::move(error));
  const unsigned code = how_->mutant("client-1006-as-1000") ? normal : abnormal;
  tell({{"event", "app.close"}, {"code", code}, {"reason", ""}, {"clean", false}});
}

void conversation::tell(json event) {
  if (listener_) listener_(std::move(event));
}

void conversation::tell_message(const websocket::message& one) {
  json event = {{"event", "app.message"}};
  if (one.text)
    event["text"] = as_json(one.data);
  else
    event["base64"] = to_base64(one.data);
  tell(std::move(event));
}

void conversation::tell_close() {
  const auto got = frames_->closed_by();
  unsigned code = abnormal;
  if (got) code = got->code == 0 ? no_status : got->code;
  if (code == no_status && how_->mutant("client-1005-as-1000")) code = normal;
  const bool forgiven = code == abnormal && how_->mutant("client-1006-as-1000");
  if (forgiven) code = normal;
  json event = {{"event", "app.close"}, {"code", code}};
  event["reason"] = as_json(got ? got->reason : octets());
  event["clean"] = got.has_value() || forgiven;
  tell(std::move(event));
}

}  // namespace halley::gateway
