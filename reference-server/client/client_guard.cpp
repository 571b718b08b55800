#include "reference-server/client/client_guard.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/beast_input.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/opening.hpp"
#include "reference-server/options.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace halley::gateway {
namespace {

constexpr std::size_t block_size = 16384;
constexpr std::string_view prefix = "client-";

/// The client's mutants of the frame layer whose namesakes of the gateway are called otherwise.
struct namesake {
  std::string_view client;
  const char* gateway;
};
constexpr auto namesakes = std::to_array<namesake>({
    {"client-fragmented-control-accepted", "fragmented-control-accepted"},
    {"client-orphan-accepted", "orphan-starts-message"},
    {"client-new-message-inside", "new-message-continues"},
    {"client-utf8-ignored", "utf8-unchecked"},
    {"client-close-code-ignored", "close-code-unchecked"},
    {"client-close-reason-utf8-ignored", "close-reason-unchecked"},
    {"client-close-length-1-accepted", "close-one-octet-accepted"},
    {"client-reads-after-close", "serves-after-close"},
    {"client-pong-missing", "ping-unanswered"},
    {"client-16-bit-length", "message-length-16-bit"},
    {"client-deflate-rsv1-on-control-accepted", "rsv1-control-accepted"},
    {"client-deflate-rsv1-on-continuation-accepted", "rsv1-continuation-accepted"},
    {"client-deflate-inflate-error-ignored", "inflate-error-ignored"},
    {"client-deflate-rsv1-not-set", "rsv1-not-set"},
});

octets four_octets(std::uint64_t chance) {
  octets key;
  for (unsigned shift = 0; shift < 32; shift += 8)
    key += static_cast<char>(chance >> shift & 0xFFU);
  return key;
}

/// The answer that lets Beast's client begin with frames.
octets answer_to(octet_view asked, const octets& deflate) {
  constexpr octet_view name = "Sec-WebSocket-Key: ";
  const std::size_t at = asked.find(name);
  assert(at != octet_view::npos);
  octet_view key = asked.substr(at + name.size());
  key = key.substr(0, key.find("\r\n"));
  octets answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      accept_for(key) + "\r\n";
  if (!deflate.empty()) answer += "Sec-WebSocket-Extensions: " + deflate + "\r\n";
  return answer + "\r\n";
}

}  // namespace

options frame_options(const client_options& how) {
  options result;
  for (const std::string& name : how.mutants) {
    // Under its own name, too: the client has frame faults that the gateway has not.
    result.mutants.insert(name);
    const auto* const same = std::ranges::find(namesakes, name, &namesake::client);
    if (same != namesakes.end())
      result.mutants.insert(same->gateway);
    else if (name.starts_with(prefix))
      result.mutants.insert(name.substr(prefix.size()));
  }
  return result;
}

client_guard::client_guard(halley::transport::runtime& world,
                           guarded what,
                           const client_options& how)
    : world_(world),
      how_(how),
      lower_(std::move(what.lower)),
      deflate_(std::move(what.deflate)),
      block_(block_size, '\0'),
      faults_(frame_options(how), !deflate_.empty()),
      masks_([&world] { return four_octets(world.random("client masks")); }, how),
      blocked_(world.time()) {
  if (!how.mutant("client-data-with-101-lost"))
    make_ready_for_beast(what.early, inward_, &faults_, ready_);
}

void client_guard::async_read_some(boost::asio::mutable_buffer into,
                                   completion<error_code, std::size_t> handler) {
  // Alone in its read: Beast has no room for many frames behind an answer.
  if (!answer_.empty()) {
    deliver(answer_, into, std::move(handler));
    return;
  }
  if (!ready_.empty()) {
    deliver(ready_, into, std::move(handler));
    return;
  }
  lower_->async_read_some(
      boost::asio::buffer(block_),
      [this, into, handler = std::move(handler)](error_code error, std::size_t got) mutable {
        if (error) {
          std::move(handler)(error, std::size_t{0});
          return;
        }
        make_ready_for_beast(octet_view(block_).substr(0, got), inward_, &faults_, ready_);
        async_read_some(into, std::move(handler));
      });
}

void client_guard::deliver(octets& ready,
                           boost::asio::mutable_buffer into,
                           completion<error_code, std::size_t> handler) {
  const std::size_t given = boost::asio::buffer_copy(into, boost::asio::buffer(ready));
  ready.erase(0, given);
  boost::asio::post(lower_->get_executor(),
                    boost::asio::append(std::move(handler), error_code(), given));
}

/// Returns: whether `written` belongs to Beast's request, which goes nowhere.
bool client_guard::takes_handshake(octet_view written) {
  if (opened_) return false;
  asked_ += written;
  opened_ = asked_.ends_with("\r\n\r\n");
  if (opened_) answer_ = answer_to(asked_, deflate_);
  return true;
}

void client_guard::async_write_some(boost::asio::const_buffer from,
                                    completion<error_code, std::size_t> handler) {
  const octet_view written(static_cast<const char*>(from.data()), from.size());
  if (!takes_handshake(written)) {
    octets altered;
    octet_view output = written;
    if (faults_.outward()) {
      altered = faults_.sent(written);
      output = altered;
    }
    out_ += masks_.changed(output);
  }
  // Beast hands out a frame in its parts. Those of a small one leave together.
  if (!out_.empty() && (masks_.between_frames() || out_.size() >= block_size)) {
    flush(from.size(), std::move(handler));
    return;
  }
  boost::asio::post(lower_->get_executor(),
                    boost::asio::append(std::move(handler), error_code(), from.size()));
}

/// A write that a zero window blocks ends with the connection: Beast has no deadline of its own.
void client_guard::flush(std::size_t size, completion<error_code, std::size_t> handler) {
  blocked_.arm(world_.time().now() + how_.write_timeout, [this] {
    stuck_ = true;
    lower_->abort();
  });
  lower_->async_write_some(
      boost::asio::buffer(out_),
      [this, size, handler = std::move(handler)](error_code error, std::size_t sent) mutable {
        blocked_.disarm();
        out_.erase(0, sent);
        if (!error && !out_.empty()) {
          flush(size, std::move(handler));
          return;
        }
        std::move(handler)(error, size);
      });
}

void client_guard::shutdown_send(error_code& error) {
  error.clear();
  if (how_.mutant("client-closes-tcp-first")) lower_->shutdown_send(error);
}

}  // namespace halley::gateway
