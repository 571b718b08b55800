#include "reference-server/frame_guard.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/beast_input.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/options.hpp"
#include "transport/transport.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace halley::gateway {
namespace {

constexpr std::size_t block_size = 16384;

}  // namespace

frame_guard::frame_guard(connection& on, const octets& early, bool deflate)
    : on_(on),
      lower_(on.lower()),
      how_(on.shared().settings),
      last_input_(on.shared().now()),
      blocked_(on.shared().world.time()),
      deflate_(deflate) {
  if (!how_.mutants.empty()) faults_ = std::make_unique<frame_faults>(how_, deflate);
  make_ready_for_beast(early, inward_, faults_.get(), ready_);
}

frame_guard::~frame_guard() {
  if (leftover_) leftover_->owner = nullptr;
}

void frame_guard::async_read_some(boost::asio::mutable_buffer into,
                                  completion<error_code, std::size_t> handler) {
  if (!ready_.empty()) {
    deliver(into, std::move(handler));
    return;
  }
  if (lower_.reads_now()) {
    read_when_readable(into, std::move(handler));
    return;
  }
  block_.resize(block_size);
  lower_.async_read_some(
      boost::asio::buffer(block_),
      [this, into, handler = std::move(handler)](error_code error, std::size_t got) mutable {
        if (error) {
          std::move(handler)(error, std::size_t{0});
          return;
        }
        last_input_ = on_.shared().now();
        make_ready_for_beast(octet_view(block_).substr(0, got), inward_, faults_.get(), ready_);
        async_read_some(into, std::move(handler));
      });
}

/// As connection::read_some(): who says nothing needs no block.
void frame_guard::read_when_readable(boost::asio::mutable_buffer into,
                                     completion<error_code, std::size_t> handler) {
  lower_.async_wait_readable([this, into, handler = std::move(handler)](error_code error) mutable {
    octets& block = on_.shared().block;
    std::size_t got = 0;
    if (!error) got = lower_.read_now(boost::asio::buffer(block), error);
    if (error && error != boost::asio::error::would_block) {
      std::move(handler)(error, std::size_t{0});
      return;
    }
    if (got != 0) last_input_ = on_.shared().now();
    make_ready_for_beast(octet_view(block).substr(0, got), inward_, faults_.get(), ready_);
    async_read_some(into, std::move(handler));
  });
}

void frame_guard::deliver(boost::asio::mutable_buffer into,
                          completion<error_code, std::size_t> handler) {
  const std::size_t given = boost::asio::buffer_copy(into, boost::asio::buffer(ready_));
  ready_.erase(0, given);
  boost::asio::post(lower_.get_executor(),
                    boost::asio::append(std::move(handler), error_code(), given));
}

void frame_guard::shutdown_send(error_code& error) {
  if (how_.mutant("close-resets")) on_.cut();
  if (!how_.mutant("close-leaves-tcp-open")) lower_.shutdown_send(error);
}

void frame_guard::async_write_some(boost::asio::const_buffer from,
                                   completion<error_code, std::size_t> handler) {
  if (leftover_) {
    held_ = from;
    held_handler_.emplace(std::move(handler));
    return;
  }
  if (head_sent_ && !(faults_ && faults_->outward())) {
    write_below(from, std::move(handler));
    return;
  }
  const octet_view written(static_cast<const char*>(from.data()), from.size());
  if (head_sent_) {
    out_ += faults_->sent(written);
  } else {
    out_ += written;
    head_sent_ = out_.ends_with("\r\n\r\n");
    if (head_sent_ && amend_answer_) amend_answer_(out_);
  }
  if (head_sent_ && !out_.empty()) {
    flush(from.size(), std::move(handler));
    return;
  }
  // Beast hands out a head, or a frame, in its parts. They leave together: one answer, one write.
  boost::asio::post(lower_.get_executor(),
                    boost::asio::append(std::move(handler), error_code(), from.size()));
}

void frame_guard::flush(std::size_t size, completion<error_code, std::size_t> handler) {
  write_below(boost::asio::buffer(out_), [this, size, handler = std::move(handler)](
                                             error_code error, std::size_t sent) mutable {
    out_.erase(0, sent);
    if (!error && !out_.empty()) {
      flush(size, std::move(handler));
      return;
    }
    if (!faults_) octets().swap(out_);  // it held the head of the handshake and will hold no more
    std::move(handler)(error, size);
  });
}

/// A write that a zero window blocks ends with the connection: Beast has no deadline of its own.
void frame_guard::write_below(boost::asio::const_buffer from,
                              completion<error_code, std::size_t> handler) {
  blocked_.arm(on_.shared().now() + how_.write_timeout, [this] { on_.cut(); });
  const bool frames = out_.empty();  // or the head of the handshake
  writing_ = true;
  lower_.async_write_some(from, [this, from, frames, handler = std::move(handler)](
                                    error_code error, std::size_t sent) mutable {
    blocked_.disarm();
    writing_ = false;
    if (frames) note_sent(octet_view(static_cast<const char*>(from.data()), sent));
    std::move(handler)(error, sent);
  });
}

/// Follows what Beast writes, where others may write between its frames.
void frame_guard::note_sent(octet_view some) {
  constexpr std::uint8_t close_opcode = 8;
  if (!writes_now()) return;
  while (!some.empty()) {
    octet_view payload;
    const auto header = outward_.take(some, payload);
    if (header && header->opcode() == close_opcode) closing_ = true;
  }
}

std::size_t frame_guard::write_frames_now(octet_view frames) {
  const bool busy = writing_ || leftover_ || !outward_.between_frames();
  if (!head_sent_ || busy || closing_) return 0;
  const std::size_t sent = lower_.write_now(boost::asio::buffer(frames));
  if (sent == 0 || sent == frames.size()) return sent;
  leftover_ = std::make_shared<leftover>(leftover{octets(frames.substr(sent)), this});
  write_rest();
  return frames.size();
}

void frame_guard::write_rest() {
  blocked_.arm(on_.shared().now() + how_.write_timeout, [this] { on_.cut(); });
  const auto from = boost::asio::buffer(leftover_->rest);
  lower_.async_write_some(
      from, [kept = leftover_, on = on_.shared_from_this()](error_code error, std::size_t sent) {
        kept->rest.erase(0, sent);
        if (kept->owner != nullptr) kept->owner->rest_written(error);
      });
}

void frame_guard::rest_written(error_code error) {
  blocked_.disarm();
  if (!error && !leftover_->rest.empty()) {
    write_rest();
    return;
  }
  leftover_.reset();
  if (!held_handler_) return;
  completion<error_code, std::size_t> next(std::move(*held_handler_));
  held_handler_.reset();
  async_write_some(held_, std::move(next));
}

}  // namespace halley::gateway
