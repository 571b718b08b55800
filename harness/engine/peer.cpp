#include "engine/peer.hpp"

#include "base/bytes.hpp"
#include "capture/recording.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "clock/wake.hpp"
#include "engine/bell.hpp"
#include "engine/inbox.hpp"
#include "engine/outgoing.hpp"
#include "trace/conversation.hpp"
#include "trace/event.hpp"
#include "transport/segmenting_transport.hpp"
#include "transport/transport.hpp"
#include "wire/websocket_decoder.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace halley::engine {
namespace {

using trace::direction;

constexpr std::size_t read_octets = 64UL * 1024U;
/// Octet-by-octet writing covers the front of a send, where the structure is; a megabyte in single
/// octets proves nothing more.
constexpr std::size_t single_octets = 256;

trace::event make_event(direction dir, instant t, std::uint64_t off) {
  trace::event one;
  one.dir = dir;
  one.t = t;
  one.off = off;
  return one;
}

}  // namespace

peer::peer(peer_identity identity,
           std::unique_ptr<transport::transport> lower,
           clock::clock& time,
           bell& news,
           recorder record)
    : identity_(std::move(identity)),
      time_(time),
      news_(news),
      record_(std::move(record)),
      conversation_(identity_.halley_is_client,
                    [this](trace::event&& one) { note(std::move(one)); }),
      queued_(time) {
  auto opened = make_event(direction::none, time.now(), 0);
  opened.what = trace::conn_open{identity_.halley_is_client, transport::to_string(lower->local()),
                                 transport::to_string(lower->remote()), identity_.endpoint};
  auto recording = std::make_unique<capture::recording_transport>(std::move(lower), *this, time);
  transport_ = std::make_unique<transport::segmenting_transport>(std::move(recording), time);
  note(std::move(opened));
}

peer::~peer() = default;

void peer::start(const std::shared_ptr<peer>& self, clock::tasks& owner) {
  owner.spawn(self->read_all(self));
  owner.spawn(self->write_all(self));
}

awaitable<void> peer::read_all([[maybe_unused]] std::shared_ptr<peer> self) {
  octets block(read_octets, '\0');
  error_code error;
  while (!error && !closed_ && !over_limit(time_.now())) {
    const auto into = boost::asio::buffer(block);
    co_await transport::read_some(*transport_, into, error);  // the observer takes the octets
  }
}

awaitable<void> peer::write_all([[maybe_unused]] std::shared_ptr<peer> self) {
  while (!closed_) {
    if (queue_.empty()) {
      const instant later = time_.now() + std::chrono::hours(1);  // woken long before
      co_await queued_.wait_until(later);
      continue;
    }
    error_code error;
    const job next = std::move(queue_.front());
    queue_.front() = {};
    co_await write_one(next, error);
    if (closed_) break;
    queue_.pop_front();
    if (error)
      queue_.clear();  // nothing more can be written; the inbox says how the connection ended
    news_.ring();
  }
  queue_.clear();
  news_.ring();
}

awaitable<void> peer::write_one(const job& next, error_code& error) {
  if (next.what == job::kind::half_close) {
    transport_->shutdown_send(error);
    co_return;
  }
  if (next.what == job::kind::close) {
    closed_ = true;
    transport_->close();
    co_return;
  }
  const octet_view data = next.content.data;
  std::size_t start = 0;
  transport::segmentation cut;
  if (next.how.how == cutting::kind::structure) {
    for (const auto end : next.content.cuts) {
      const auto piece = boost::asio::buffer(data.substr(start, end - start));
      co_await transport::write_all(*transport_, piece, error);
      if (error) co_return;
      start = end;
    }
  } else if (next.how.how == cutting::kind::octets) {
    cut.segment = 1;
    transport_->cut(cut);
    start = std::min(single_octets, data.size());
    const auto front = boost::asio::buffer(data.substr(0, start));
    co_await transport::write_all(*transport_, front, error);
    if (error) co_return;
    cut.segment = 0;
  } else if (next.how.how == cutting::kind::fixed) {
    cut = next.how.fixed;
  }
  transport_->cut(cut);
  const auto rest = boost::asio::buffer(data.substr(start));
  co_await transport::write_all(*transport_, rest, error);
}

void peer::send(outgoing what, cutting how) {
  queue_.push_back({job::kind::write, std::move(what), how});
  queued_.notify();
}

void peer::half_close() {
  queue_.push_back({job::kind::half_close, {}, {}});
  queued_.notify();
}

void peer::close() {
  queue_.push_back({job::kind::close, {}, {}});
  queued_.notify();
}

void peer::reset() {
  if (closed_) return;
  closed_ = true;
  transport_->abort();
  queued_.notify();
}

void peer::drop() {
  if (closed_ && dropped_) return;
  dropped_ = true;
  const bool open = !closed_;
  closed_ = true;
  if (open) transport_->close();
  queued_.notify();
}

void peer::note(trace::event one) {
  if (dropped_) return;
  one.conn = identity_.conn;
  one.actor = identity_.actor;
  record_(one);
  const bool octets_only = std::holds_alternative<trace::wire_octets>(one.what);
  if (one.dir == direction::in && !octets_only) {
    // A thousand octets from one: few frames fill the memory where only what came is counted.
    const auto* message = std::get_if<wire::websocket_message>(&one.what);
    if (message != nullptr && message->compressed) inflated_ += message->data.size();
    inbox_.add_event(std::move(one));
    news_.ring();
  }
}

void peer::sent(octet_view data, instant t) {
  auto one = make_event(direction::out, t, octets_out_);
  one.len = data.size();
  one.what = trace::wire_octets{octets(data)};
  octets_out_ += data.size();
  note(std::move(one));
  if (!dropped_) conversation_.octets_seen(direction::out, data, t);
}

void peer::received(octet_view data, instant t) {
  if (dropped_) return;
  auto one = make_event(direction::in, t, octets_in_);
  one.len = data.size();
  one.what = trace::wire_octets{octets(data)};
  octets_in_ += data.size();
  note(std::move(one));
  inbox_.add_octets(data, t);
  conversation_.octets_seen(direction::in, data, t);
  news_.ring();
}

void peer::fin_sent(instant t) {
  auto one = make_event(direction::out, t, octets_out_);
  one.what = trace::tcp_fin{};
  note(std::move(one));
  if (!dropped_) conversation_.end_seen(direction::out, t);
}

void peer::rst_sent(instant t) {
  auto one = make_event(direction::out, t, octets_out_);
  one.what = trace::tcp_rst{};
  note(std::move(one));
}

void peer::end(trace::event one) {
  if (dropped_) return;
  if (in_ended_) {
    reset_behind_end(one.t);
    return;
  }
  in_ended_ = true;
  conversation_.end_seen(direction::in, one.t);
  note(std::move(one));
}

/// The target closed its direction and now the whole connection: what is written meets RST.
void peer::reset_behind_end(instant t) {
  if (closed_ || std::exchange(reset_told_, true)) return;
  auto one = make_event(direction::in, t, octets_in_);
  one.what = trace::tcp_rst{};
  note(std::move(one));
}

void peer::fin_received(instant t) {
  auto one = make_event(direction::in, t, octets_in_);
  one.what = trace::tcp_fin{};
  end(std::move(one));
}

void peer::rst_received(instant t) {
  auto one = make_event(direction::in, t, octets_in_);
  one.what = trace::tcp_rst{};
  end(std::move(one));
}

void peer::failed(error_code error, instant t) {
  if (closed_) return;  // our own end of it
  // A write that nobody wants any more says nothing about what the target still sends: the reader
  // tells how its side ends.
  if (error == boost::asio::error::broken_pipe && !in_ended_) return;
  auto one = make_event(direction::in, t, octets_in_);
  one.what = trace::tcp_error{error.message()};
  end(std::move(one));
}

bool peer::over_limit(instant t) {
  const bool over =
      octets_in_ + inflated_ > limits_.octets || inbox_.events().size() > limits_.events;
  if (!over || closed_) return over;
  auto one = make_event(direction::in, t, octets_in_);
  one.what = trace::note{"limit",
                         {{"octets", octets_in_},
                          {"inflated", inflated_},
                          {"events", inbox_.events().size()},
                          {"text", "over Halley's limit"}}};
  note(std::move(one));
  reset();
  return true;
}

}  // namespace halley::engine
