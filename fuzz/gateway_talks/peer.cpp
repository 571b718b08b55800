#include "fuzz/gateway_talks/peer.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "capture/recording.hpp"
#include "clock/clock.hpp"
#include "fuzz/gateway_talks/script.hpp"
#include "inspect/flow_judge.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace halley::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr duration longest_talk = 2min;     // of one peer, whatever its deeds
constexpr duration between_segments = 1ms;  // else they would travel as one
constexpr duration patience = 30s;          // for the gateway's end
constexpr std::size_t read_block = 65536;

capture::flow_opening opening_at(instant when) {
  capture::flow_opening result;
  result.number = 1;
  result.whole = true;
  result.at.t = when;
  return result;
}

}  // namespace

/// Hands everything to the judge, as a capture at this end would show it.
class peer::listener final : public capture::octet_observer {
public:
  explicit listener(inspect::flow_judge& judge) : judge_(judge) {}

  void sent(octet_view data, instant when) override { judge_.data(client, data, next(when)); }
  void received(octet_view data, instant when) override { judge_.data(server, data, next(when)); }
  void fin_sent(instant when) override { judge_.fin(client, next(when)); }
  void fin_received(instant when) override { judge_.fin(server, next(when)); }
  void rst_sent(instant when) override { judge_.rst(client, next(when)); }
  void rst_received(instant when) override { judge_.rst(server, next(when)); }
  void failed(error_code /*error*/, instant /*when*/) override {}

private:
  static constexpr capture::side client = capture::side::client;
  static constexpr capture::side server = capture::side::server;

  capture::moment next(instant when) { return {++frames_, when}; }

  inspect::flow_judge& judge_;
  std::uint64_t frames_ = 0;
};

peer::peer(transport::runtime& world, const side_script& script)
    : world_(world),
      script_(script),
      judge_(opening_at(world.time().now()), settings_),
      tells_(std::make_unique<listener>(judge_)),
      news_(world.time()),
      bound_(world.time()) {
}

void peer::take(std::unique_ptr<transport::transport> lower) {
  lower_ = std::make_unique<capture::recording_transport>(std::move(lower), *tells_, world_.time());
}

awaitable<void> peer::talk() {
  // Who is never read from could write for ever.
  bound_.arm(world_.time().now() + longest_talk, [this] {
    writes_ = false;
    lower_->abort();
  });
  co_await act();
  bound_.disarm();
  left_ = true;
  if (script_.how == leave::reset) {
    lower_->abort();
  } else {
    lower_->close();
  }
}

awaitable<void> peer::act() {
  for (const deed& one : script_.deeds)
    co_await do_one(one);
  if (script_.how == leave::half_close && writes_) {
    error_code ignored;
    lower_->shutdown_send(ignored);
    writes_ = false;
  }
  const bool stays = script_.how == leave::half_close || script_.how == leave::when_left;
  if (stays) co_await await_end(patience);
}

awaitable<void> peer::do_one(const deed& one) {
  switch (one.what) {
    case deed::kind::write:
      return write(one);
    case deed::kind::pause:
      return await_end(one.length);
    case deed::kind::await:
      return await_more(one.length);
    case deed::kind::rest:
      reads_from_ = world_.time().now() + one.length;
      return await_end(duration(0));
    case deed::kind::half_close:
      break;
  }
  error_code ignored;
  if (writes_) lower_->shutdown_send(ignored);
  writes_ = false;
  return await_end(duration(0));
}

awaitable<void> peer::write(const deed& one) {
  const std::size_t step = one.segment == 0 ? one.data.size() : one.segment;
  for (std::size_t at = 0; at < one.data.size() && writes_; at += step) {
    const octet_view part = octet_view(one.data).substr(at, step);
    const auto from = boost::asio::buffer(part);
    error_code error;
    co_await transport::write_all(*lower_, from, error);
    if (error) writes_ = false;
    if (step < one.data.size()) co_await clock::sleep_for(world_.time(), between_segments);
  }
}

/// Waits until something has come since the last look.
awaitable<void> peer::await_more(duration most) {
  const instant until = world_.time().now() + most;
  while (heard_ == known_ && !reading_done_ && world_.time().now() < until)
    co_await news_.wait_until(until);
  known_ = heard_;
}

awaitable<void> peer::await_end(duration most) {
  const instant until = world_.time().now() + most;
  while (!reading_done_ && world_.time().now() < until)
    co_await news_.wait_until(until);
}

awaitable<void> peer::read() {
  octets block(read_block, '\0');
  while (!left_) {
    const duration rest = reads_from_ - world_.time().now();
    if (rest > duration(0)) {
      co_await clock::sleep_for(world_.time(), rest);
      continue;
    }
    const auto into = boost::asio::buffer(block);
    error_code error;
    const std::size_t got = co_await transport::read_some(*lower_, into, error);
    heard_ += got;
    news_.notify();
    if (error) break;
  }
  reading_done_ = true;
  news_.notify();
}

}  // namespace halley::fuzz
