#include "simulation/tcp_model.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "clock/clock.hpp"
#include "simulation/pipe.hpp"
#include "simulation/world.hpp"
#include "transport/transport.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace halley::simulation {
namespace {

namespace error = boost::asio::error;

constexpr std::size_t worth_telling = 1'448;  // a full segment

random_source chance_of(const world& of, std::uint64_t number, const char* direction) {
  return random_source::named(of.seed(), direction, number);
}

}  // namespace

/// What a user of one side holds.
class connection::socket final : public transport::transport {
public:
  socket(std::shared_ptr<connection> of, std::size_t side) : of_(std::move(of)), side_(side) {}
  ~socket() override { of_->close(side_); }

  executor get_executor() override { return of_->world_.get_executor(); }
  void async_read_some(boost::asio::mutable_buffer into, io_handler handler) override {
    of_->read(side_, into, std::move(handler));
  }
  void async_write_some(boost::asio::const_buffer from, io_handler handler) override {
    of_->write(side_, from, std::move(handler));
  }
  void shutdown_send(error_code& error) override { of_->shutdown_send(side_, error); }
  void close() override { of_->close(side_); }
  void abort() override { of_->abort(side_); }
  void cancel() override { of_->cancel(side_); }
  halley::transport::endpoint local() const override { return of_->where_[side_]; }
  halley::transport::endpoint remote() const override { return of_->where_[1 - side_]; }

private:
  std::shared_ptr<connection> of_;
  std::size_t side_;
};

connection::connection(world& of, const making& how)
    : holder(of),
      world_(of),
      where_(how.where),
      down_(how.down),
      pipes_{{{of, how.paths[0], chance_of(of, how.number, "up"), {*this, *down_[0]}},
              {of, how.paths[1], chance_of(of, how.number, "down"), {*this, *down_[1]}}}} {
  for (std::size_t i = 0; i < 2; ++i) {
    sides_[i].kept = how.kept[i];
    sides_[i].credit = how.kept[1 - i].receive;
  }
}

connection::~connection() = default;

void connection::begin(std::function<void()> accepted) {
  accepted_ = std::move(accepted);
  pipes_[0].push({piece::kind::open});
  pipes_[1].begin();
}

std::unique_ptr<transport::transport> connection::take_socket(std::size_t side) {
  return std::make_unique<socket>(shared_from_this(), side);
}

void connection::read(std::size_t at, boost::asio::mutable_buffer into, io_handler handler) {
  auto& one = sides_[at];
  assert(!one.reader);
  auto slot = boost::asio::get_associated_cancellation_slot(handler);
  one.into = into;
  one.reader.emplace(std::move(handler));
  if (try_read(one)) {
    give_room(at);
    return;
  }
  if (slot.is_connected())
    slot.assign([this, at](boost::asio::cancellation_type) { cancel_read(at); });
}

void connection::write(std::size_t at, boost::asio::const_buffer from, io_handler handler) {
  auto& one = sides_[at];
  assert(!one.writer);
  auto slot = boost::asio::get_associated_cancellation_slot(handler);
  one.from = from;
  one.writer.emplace(std::move(handler));
  if (try_write(one)) {
    pump(at);
    return;
  }
  if (slot.is_connected())
    slot.assign([this, at](boost::asio::cancellation_type) { cancel_write(at); });
}

/// Ends the pending read where something can be told. Returns: whether it ended.
bool connection::try_read(side& one) {
  const auto available = one.unread.size() - one.read_at;
  if (one.closed) {
    complete(one.reader, error::bad_descriptor, 0);
  } else if (available != 0 || one.into.size() == 0) {
    const auto count = std::min(available, one.into.size());
    boost::asio::buffer_copy(one.into, boost::asio::buffer(one.unread.data() + one.read_at, count));
    one.read_at += count;
    one.freed += count;
    if (one.read_at == one.unread.size()) {
      one.unread.clear();
      one.read_at = 0;
    }
    complete(one.reader, {}, count);
  } else if (one.fin_arrived || (one.dead && !one.error)) {
    complete(one.reader, error::eof, 0);
  } else if (one.error) {
    complete(one.reader, std::exchange(one.error, {}), 0);
  } else {
    return false;
  }
  return true;
}

bool connection::try_write(side& one) {
  if (one.closed) {
    complete(one.writer, error::bad_descriptor, 0);
  } else if (one.from.size() == 0) {
    complete(one.writer, {}, 0);
  } else if (one.error) {
    complete(one.writer, std::exchange(one.error, {}), 0);
  } else if (one.dead || one.fin_queued) {
    complete(one.writer, error::broken_pipe, 0);
  } else if (one.unsent.size() < one.kept.send) {
    const auto count = std::min(one.from.size(), one.kept.send - one.unsent.size());
    one.unsent.append(static_cast<const char*>(one.from.data()), count);
    complete(one.writer, {}, count);
  } else {
    return false;
  }
  return true;
}

void connection::complete(std::optional<io_handler>& which, error_code result, std::size_t count) {
  auto slot = boost::asio::get_associated_cancellation_slot(*which);
  if (slot.is_connected()) slot.clear();
  world_.post([handler = std::move(*which), result, count]() mutable {
    std::move(handler)(result, count);
  });
  which.reset();
}

/// Hands to the network what the peer has room for, then the FIN.
void connection::pump(std::size_t at) {
  auto& one = sides_[at];
  if (one.dead) return;
  if (!one.unsent.empty() && one.credit != 0) {
    const auto count = std::min(one.unsent.size(), one.credit);
    piece next{piece::kind::data};
    if (count == one.unsent.size()) {
      next.data = std::exchange(one.unsent, {});
    } else {
      next.data = one.unsent.substr(0, count);
      one.unsent.erase(0, count);
    }
    one.credit -= count;
    pipes_[at].push(std::move(next));
    if (one.writer) try_write(one);
  }
  if (one.unsent.empty() && one.fin_queued && !one.fin_sent) {
    one.fin_sent = true;
    pipes_[at].push({piece::kind::fin});
  } else if (!one.unsent.empty() && one.credit != 0) {
    pump(at);  // a writer that waited has brought more
  }
  probe(at);
}

/// Whoever has no room at its peer asks for it again and again, and gives up like any other sender.
/// Where the way is up, the answer is the window update itself. Source: RFC 9293 §3.8.6.1.
void connection::probe(std::size_t at) {
  const auto& one = sides_[at];
  if (one.unsent.empty() || one.credit != 0) return;
  if (pipes_[at].vanished() && !pipes_[at].stuck()) pipes_[at].push({piece::kind::probe});
}

/// Tells the peer of room, when it could run out of it, and never of a little: each little would be
/// answered with a segment as small for ever (silly window syndrome, RFC 9293 §3.8.6.2.2).
void connection::give_room(std::size_t at) {
  auto& one = sides_[at];
  const auto& peer = sides_[1 - at];
  if (one.freed == 0 || one.dead || peer.dead) return;
  const auto half = one.kept.receive / 2;
  if (peer.credit > half || one.freed < std::min(half, worth_telling)) return;
  piece update{piece::kind::window};
  update.room = std::exchange(one.freed, 0);
  pipes_[at].push(std::move(update));
}

void connection::shutdown_send(std::size_t at, error_code& result) {
  auto& one = sides_[at];
  result = {};
  if (one.closed) {
    result = error::bad_descriptor;
  } else if (one.dead || over(at)) {
    result = error::not_connected;
  } else {
    one.fin_queued = true;
    pump(at);
  }
}

void connection::close(std::size_t at) {
  auto& one = sides_[at];
  if (std::exchange(one.closed, true)) return;
  cancel(at);
  if (one.dead) return;
  if (one.unread.size() != one.read_at) {
    reset(at);
  } else {
    one.fin_queued = true;
    pump(at);
  }
}

void connection::abort(std::size_t at) {
  auto& one = sides_[at];
  if (std::exchange(one.closed, true)) return;
  cancel(at);
  if (!one.dead) reset(at);
}

/// Ends a side with RST.
void connection::reset(std::size_t at) {
  auto& one = sides_[at];
  one.dead = true;
  one.unsent.clear();
  pipes_[at].stop_data();
  pipes_[at].push({piece::kind::reset});
  // Lost, and with it what was to end the handshake.
  if (at == 0 && !pipes_[0].busy()) accepted_ = nullptr;
}

/// Whether both FINs have arrived.
bool connection::over(std::size_t at) const {
  return sides_[at].fin_arrived && sides_[1 - at].fin_arrived;
}

void connection::cancel(std::size_t at) {
  cancel_read(at);
  cancel_write(at);
}

void connection::cancel_read(std::size_t at) {
  if (sides_[at].reader) complete(sides_[at].reader, error::operation_aborted, 0);
}

void connection::cancel_write(std::size_t at) {
  if (sides_[at].writer) complete(sides_[at].writer, error::operation_aborted, 0);
}

void connection::arrived(const void* pipe, piece&& one) {
  const auto keep = shared_from_this();
  const auto sender = sender_of(pipe);
  auto& to = sides_[1 - sender];
  switch (one.what) {
    case piece::kind::open: {
      if (const auto accepted = std::exchange(accepted_, nullptr)) accepted();
      break;
    }
    case piece::kind::data: {
      take_data(1 - sender, std::move(one.data));
      break;
    }
    case piece::kind::fin: {
      if (to.dead) break;
      to.fin_arrived = true;
      if (to.reader) try_read(to);
      break;
    }
    case piece::kind::reset: {
      fail(1 - sender, error::connection_reset);
      break;
    }
    case piece::kind::window: {
      to.credit += one.room;
      pump(1 - sender);
      break;
    }
    case piece::kind::probe: {
      break;
    }
  }
}

void connection::take_data(std::size_t at, octets&& data) {
  auto& one = sides_[at];
  if (one.dead || one.closed) {
    // Nobody is there who could read it, and an earlier RST may have been lost: RFC 9293 §3.10.7.1,
    // and RFC 2525 §2.17 for FIN_WAIT after close(). A peer that is reset already need not know.
    if (!sides_[1 - at].dead) reset(at);
    return;
  }
  if (one.unread.empty()) {
    one.unread = std::move(data);
  } else {
    one.unread += data;
  }
  if (one.reader && try_read(one)) give_room(at);
}

void connection::swallowed(const void* pipe, std::size_t count) {
  const auto sender = sender_of(pipe);
  sides_[sender].credit += count;
  pump(sender);
}

void connection::reset_both() {
  for (auto& one : pipes_) {
    one.stop_data();
    one.push({piece::kind::reset});
  }
}

void connection::vanish_both() {
  for (auto& one : pipes_)
    one.vanish();
  probe(0);
  probe(1);
}

void connection::timed_out(const void* pipe) {
  const auto keep = shared_from_this();
  if (sender_of(pipe) == 0) accepted_ = nullptr;  // the end of the handshake was lost
  fail(sender_of(pipe), error::timed_out);
}

void connection::fail(std::size_t at, error_code why) {
  auto& one = sides_[at];
  if (std::exchange(one.dead, true)) return;
  one.unsent.clear();
  pipes_[at].stop_data();
  // As Linux, tcp_reset(): in CLOSE_WAIT the error is EPIPE, and where both ends are over there is
  // nothing left to reset. A reader that has seen FIN sees nothing else in any case.
  one.error = why;
  if (why == error::connection_reset && one.fin_arrived) {
    if (over(at)) {
      one.error = {};
    } else if (!one.fin_queued) {
      one.error = error::broken_pipe;
    }
  }
  // A writer and a reader that both wait are told in this order, as epoll does.
  if (one.writer) try_write(one);
  if (one.reader) try_read(one);
}

void connection::busy_changed() {
  if (pipes_[0].busy() || pipes_[1].busy()) {
    if (!while_busy_) while_busy_ = shared_from_this();
  } else if (while_busy_) {
    // Not at once: a pipe of this connection is on the stack.
    world_.post([last = std::move(while_busy_)]() mutable { last.reset(); });
  }
}

void connection::drop_handlers() {
  const auto keep = std::move(while_busy_);
  std::optional<io_handler> dropped[] = {
      std::exchange(sides_[0].reader, {}), std::exchange(sides_[1].reader, {}),
      std::exchange(sides_[0].writer, {}), std::exchange(sides_[1].writer, {})};
  for (auto& one : pipes_)
    one.end();
  accepted_ = nullptr;
}

}  // namespace halley::simulation
