#include "reference-server/frame_guard.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/options.hpp"
#include "transport/transport.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace halley::gateway {
namespace {

constexpr std::uint8_t text_opcode = 1;
constexpr std::uint8_t close_opcode = 8;
constexpr std::uint8_t ping_opcode = 9;
constexpr std::size_t block_size = 16384;

char masked_with(char value, std::uint8_t bits) {
  return static_cast<char>(static_cast<std::uint8_t>(value) ^ bits);
}

std::size_t header_size(octet_view head) {
  const std::uint8_t second = octet_at(head, 1);
  std::size_t size = (second & 0x80U) != 0 ? 6 : 2;
  if ((second & 0x7FU) == 126) size += 2;
  if ((second & 0x7FU) == 127) size += 8;
  return size;
}

std::uint64_t payload_length(octet_view head) {
  const std::uint8_t code = octet_at(head, 1) & 0x7FU;
  if (code < 126) return code;
  std::uint64_t length = 0;
  const std::size_t end = code == 126 ? 4 : 10;
  for (std::size_t i = 2; i < end; ++i)
    length = length << 8U | octet_at(head, i);
  return length;
}

}  // namespace

std::optional<frame_cursor::header> frame_cursor::take(octet_view& input, octet_view& payload) {
  payload = input.substr(
      0, static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, input.size())));
  payload_left_ -= payload.size();
  input.remove_prefix(payload.size());
  if (!payload.empty()) return std::nullopt;
  while (!input.empty() && (head_.size() < 2 || head_.size() < header_size(head_))) {
    head_ += input.front();
    input.remove_prefix(1);
  }
  if (head_.size() < 2 || head_.size() < header_size(head_)) return std::nullopt;
  header done{std::exchange(head_, octets()), 0};
  done.length = payload_left_ = payload_length(done.octets_of);
  return done;
}

frame_guard::frame_guard(connection& on, const octets& early, bool deflate)
    : on_(on),
      lower_(on.lower()),
      how_(on.shared().settings),
      last_input_(on.shared().now()),
      blocked_(on.shared().world.time()),
      deflate_(deflate),
      block_(block_size, '\0') {
  pass(early);
}

bool frame_guard::next_is_text(bool seen_by_beast) {
  if (texts_.empty()) return seen_by_beast;
  const bool text = texts_.front();
  texts_.pop_front();
  return text;
}

void frame_guard::async_read_some(boost::asio::mutable_buffer into,
                                  completion<error_code, std::size_t> handler) {
  if (!ready_.empty()) {
    deliver(into, std::move(handler));
    return;
  }
  lower_.async_read_some(
      boost::asio::buffer(block_),
      [this, into, handler = std::move(handler)](error_code error, std::size_t got) mutable {
        if (error) {
          std::move(handler)(error, std::size_t{0});
          return;
        }
        last_input_ = on_.shared().now();
        pass(octet_view(block_).substr(0, got));
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

void frame_guard::pass(octet_view input) {
  while (!input.empty()) {
    octet_view payload;
    auto header = inward_.take(input, payload);
    if (!payload.empty()) {
      const std::size_t at = ready_.size();
      ready_ += payload;
      if (std::exchange(spoil_payload_, false)) ready_[at] = masked_with(ready_[at], 1);
    }
    if (header) ready_ += altered(std::move(*header));
  }
}

/// The header as Beast is to see it.
octets frame_guard::altered(frame_cursor::header one) {
  octets& head = one.octets_of;
  const std::uint8_t opcode = one.opcode();
  if (one.length >> 63U != 0) {
    // Not in its shortest form: Beast fails that with the 1002 that is due here too.
    std::fill(head.begin() + 2, head.begin() + 10, '\0');
  }
  if (how_.mutant("rsv-ignored")) {
    const std::uint8_t keep = deflate_ ? 0xCFU : 0x8FU;
    head[0] = static_cast<char>(octet_at(head, 0) & keep);
  }
  if (how_.mutant("rsv2-ping-ignored") && opcode == ping_opcode)
    head[0] = static_cast<char>(octet_at(head, 0) & 0xDFU);
  if (how_.mutant("accepts-unmasked-frame") && !one.masked()) {
    head[1] = masked_with(head[1], 0x80U);
    head.append(4, '\0');  // a key that changes nothing
  }
  if (how_.mutant("utf8-unchecked") && (opcode == 1 || opcode == 2)) {
    texts_.push_back(opcode == text_opcode);
    head[0] = static_cast<char>((octet_at(head, 0) & 0xF0U) | 2U);
  }
  if (how_.mutant("pong-other-payload") && opcode == ping_opcode) spoil_payload_ = one.length != 0;
  return std::move(head);
}

/// Whether what Beast writes is a Close that a mutant keeps back.
bool frame_guard::is_unwanted_close(octet_view written) {
  bool found = false;
  while (!written.empty()) {
    octet_view payload;
    const auto header = outward_.take(written, payload);
    if (!header || header->opcode() != close_opcode || written.size() < 2) continue;
    const unsigned code = octet_at(written, 0) * 256U + octet_at(written, 1);
    const bool failing = code == 1002 || code == 1007 || code == 1009;
    found = how_.mutant(failing ? "drop-without-close" : "close-unanswered");
  }
  return found;
}

void frame_guard::async_write_some(boost::asio::const_buffer from,
                                   completion<error_code, std::size_t> handler) {
  if (!head_sent_) {
    write_head(from, std::move(handler));
    return;
  }
  if (how_.mutant("drop-without-close") || how_.mutant("close-unanswered")) {
    const octet_view written(static_cast<const char*>(from.data()), from.size());
    if (is_unwanted_close(written)) {
      // Beast believes that its Close is out; nothing of it is.
      boost::asio::post(lower_.get_executor(),
                        boost::asio::append(std::move(handler), error_code(), from.size()));
      return;
    }
  }
  write_below(from, std::move(handler));
}

/// Beast hands out a head in its parts. They leave together: one answer, one write.
void frame_guard::write_head(boost::asio::const_buffer from,
                             completion<error_code, std::size_t> handler) {
  head_.append(static_cast<const char*>(from.data()), from.size());
  head_sent_ = head_.ends_with("\r\n\r\n");
  if (head_sent_) {
    flush_head(from.size(), std::move(handler));
    return;
  }
  boost::asio::post(lower_.get_executor(),
                    boost::asio::append(std::move(handler), error_code(), from.size()));
}

void frame_guard::flush_head(std::size_t size, completion<error_code, std::size_t> handler) {
  write_below(boost::asio::buffer(head_), [this, size, handler = std::move(handler)](
                                              error_code error, std::size_t sent) mutable {
    head_.erase(0, sent);
    if (!error && !head_.empty()) {
      flush_head(size, std::move(handler));
      return;
    }
    std::move(handler)(error, size);
  });
}

/// A write that a zero window blocks ends with the connection: Beast has no deadline of its own.
void frame_guard::write_below(boost::asio::const_buffer from,
                              completion<error_code, std::size_t> handler) {
  blocked_.arm(on_.shared().now() + how_.write_timeout, [this] { on_.cut(); });
  lower_.async_write_some(
      from, [this, handler = std::move(handler)](error_code error, std::size_t sent) mutable {
        blocked_.disarm();
        std::move(handler)(error, sent);
      });
}

}  // namespace halley::gateway
