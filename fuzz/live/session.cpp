#include "fuzz/live/session.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "fuzz/live/debts.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/record.hpp"
#include "trace/conversation.hpp"
#include "trace/event.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace halley::fuzz {

session::~session() = default;

template <typename What>
void session::note(trace::direction dir, std::size_t off, std::size_t len, What what) {
  see({.t = world_.time().now(),
       .instance = {},
       .conn = {},
       .actor = {},
       .dir = dir,
       .off = off,
       .len = len,
       .what = std::move(what)});
}

void session::begin(const exchange& what,
                    const transport::endpoint& to,
                    const patience& how_long,
                    ended done) {
  what_ = &what;
  patience_ = how_long;
  done_ = std::move(done);
  talk_.emplace(true, [this](trace::event&& one) { see(std::move(one)); });
  debts_ = {};
  // What nobody kept of the last one is room for this one.
  auto events = std::move(record_.events);
  events.clear();
  record_ = {};
  record_.events = std::move(events);
  record_.path = what.at.path;
  at_ = written_ = answers_awaited_ = out_ = in_ = 0;
  over_ = waiting_ = sending_ended_ = they_ended_ = false;
  busy_ = true;
  begun_ = moved_ = world_.time().now();
  ++pending_;
  world_.async_connect(to, boost::asio::bind_cancellation_slot(
                               give_up_.slot(), [this](error_code error,
                                                       std::unique_ptr<transport::transport> made) {
                                 --pending_;
                                 connected(error, std::move(made));
                               }));
}

void session::connected(error_code error, std::unique_ptr<transport::transport> made) {
  line_ = std::move(made);
  if (error || line_ == nullptr) {
    record_.problem = error.message();
    record_.all_sent = false;
    end(ending::refused);
    return leave();
  }
  read();
  advance();
  leave();
}

/// Goes on with the acts until one has to wait.
void session::advance() {
  while (!over_ && !waiting_ && at_ < what_->acts.size()) {
    const act& one = what_->acts[at_];
    switch (one.what) {
      case act::kind::write:
        if (!write(one)) return;
        break;
      case act::kind::answer:
        if (debts_.answers() <= answers_awaited_ && !they_ended_) {
          waiting_ = true;
          return;
        }
        answers_awaited_ = debts_.answers();
        break;
      case act::kind::pause:
        ++at_;
        return rest(one.length);
      case act::kind::finish:
        finish_sending();
        break;
      case act::kind::reset:
        note(trace::direction::out, out_, 0, trace::tcp_rst{});
        line_->abort();
        return end(ending::ended_by_us);
      case act::kind::close:
        return end(ending::ended_by_us);
    }
    ++at_;
    written_ = 0;
  }
  if (over_ || waiting_) return;
  if (they_ended_) return end(record_.how);
  // FIN shows whether something comes that nobody asked for.
  if (debts_.settled()) finish_sending();
}

/// Returns: whether all of it is written.
bool session::write(const act& one) {
  const octet_view all = one.data;
  if (written_ >= all.size()) return true;
  if (they_ended_ && record_.how == ending::target_reset) {
    record_.all_sent = false;
    end(record_.how);
    return false;
  }
  // What comes back may be told of before the end of a write is: it has to be there by then, or an
  // answer is taken for that to another request.
  while (line_->writes_now() && written_ < all.size()) {
    const octet_view rest = all.substr(written_);
    const std::size_t count = line_->write_now(boost::asio::buffer(rest.data(), rest.size()));
    if (count == 0) break;  // it takes no more for now, or is gone
    wrote(rest.substr(0, count));
  }
  if (written_ >= all.size()) return true;
  ++pending_;
  const octet_view left = all.substr(written_);
  line_->async_write_some(boost::asio::buffer(left.data(), left.size()),
                          [this](error_code error, std::size_t count) {
                            --pending_;
                            if (over_) return leave();
                            if (error) {
                              // What the target said before is read all the same.
                              record_.all_sent = false;
                              at_ = what_->acts.size();
                              if (they_ended_) end(record_.how);
                              return leave();
                            }
                            wrote(octet_view(what_->acts[at_].data).substr(written_, count));
                            advance();
                            leave();
                          });
  return false;
}

void session::wrote(octet_view sent) {
  note(trace::direction::out, out_, sent.size(), trace::wire_octets{octets(sent)});
  written_ += sent.size();
  out_ += sent.size();
  record_.sent = out_;
  moved_ = world_.time().now();
  talk_->octets_seen(trace::direction::out, sent, moved_);
}

void session::rest(duration length) {
  if (!timer_) timer_ = world_.time().make_timer();
  waiting_ = true;
  ++pending_;
  timer_->async_wait(world_.time().now() + length, [this](error_code) {
    --pending_;
    waiting_ = false;
    if (!over_) {
      moved_ = world_.time().now();
      advance();
    }
    leave();
  });
}

void session::finish_sending() {
  if (sending_ended_) return;
  sending_ended_ = true;
  error_code ignored;  // a connection that is gone says so at the next read
  line_->shutdown_send(ignored);
  note(trace::direction::out, out_, 0, trace::tcp_fin{});
  talk_->end_seen(trace::direction::out, world_.time().now());
}

void session::read() {
  ++pending_;
  line_->async_read_some(boost::asio::buffer(room_), [this](error_code error, std::size_t count) {
    --pending_;
    if (!over_) take(error, count);
    leave();
  });
}

void session::take(error_code error, std::size_t count) {
  moved_ = world_.time().now();
  if (error) {
    they_ended_ = true;
    const bool finished = error == boost::asio::error::eof;
    record_.how = finished ? ending::target_finished : ending::target_reset;
    if (finished)
      note(trace::direction::in, in_, 0, trace::tcp_fin{});
    else
      note(trace::direction::in, in_, 0, trace::tcp_rst{});
    talk_->end_seen(trace::direction::in, moved_);
    // What is still to be said is said to nobody; but a write that is under way has its buffer.
    return end(record_.how);
  }
  const octet_view got(room_.data(), count);
  note(trace::direction::in, in_, got.size(), trace::wire_octets{octets(got)});
  in_ += count;
  talk_->octets_seen(trace::direction::in, got, moved_);
  if (in_ > patience_.octets || record_.events.size() > patience_.events)
    return end(ending::too_much);
  if (waiting_ && at_ < what_->acts.size() && what_->acts[at_].what == act::kind::answer &&
      debts_.answers() > answers_awaited_) {
    waiting_ = false;
  }
  if (pending_ == 0 || at_ >= what_->acts.size()) advance();
  if (!over_) read();
}

void session::see(trace::event&& one) {
  debts_.see(one);
  one.seq = record_.events.size() + 1;
  one.conn = "c1";
  record_.events.push_back(std::move(one));
}

void session::tick() {
  if (!busy_ || over_) return;
  const instant now = world_.time().now();
  const bool late = now - begun_ > patience_.whole;
  if (line_ == nullptr) {
    if (late) give_up_.emit(boost::asio::cancellation_type::terminal);
    return;
  }
  if (!late && now - moved_ <= patience_.quiet) return;
  // An answer that does not come is no reason not to go on.
  if (!late && waiting_ && at_ < what_->acts.size() && what_->acts[at_].what == act::kind::answer) {
    waiting_ = false;
    moved_ = now;
    ++at_;
    ++pending_;  // this call
    advance();
    --pending_;
    return leave();
  }
  if (late && at_ < what_->acts.size()) record_.all_sent = false;
  ++pending_;
  end(debts_.settled() ? ending::settled : ending::silent);
  --pending_;
  leave();
}

void session::end(ending how) {
  if (over_) return;
  over_ = true;
  record_.how = how;
  if (at_ < what_->acts.size() && what_->acts[at_].what == act::kind::write)
    record_.all_sent = false;
  if (timer_) timer_->cancel();
  if (line_) {
    // FIN where the exchange says so; else RST, which leaves no port behind that has to wait.
    if (how == ending::ended_by_us)
      line_->close();
    else
      line_->abort();
  }
}

/// Hands the record over when nothing is under way any more.
void session::leave() {
  if (!over_ || pending_ > 0 || !busy_) return;
  busy_ = false;
  line_.reset();
  auto done = std::move(done_);
  done(std::move(record_));
}

}  // namespace halley::fuzz
