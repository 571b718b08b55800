#include "reference-server/client/client_frames.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/client/client_guard.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/message_faults.hpp"
#include "reference-server/options.hpp"
#include "reference-server/websocket.hpp"
#include "transport/asio_stream.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/option.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/beast/zlib/error.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace halley::gateway {
namespace {

namespace beast_ws = boost::beast::websocket;

constexpr std::size_t write_buffer = 16384;
constexpr std::size_t drop_block = 16384;
/// How much a server may still send behind the Closes before TCP is closed on it anyway.
constexpr std::size_t drop_maximum = std::size_t{64} << 20U;
const octets close_1007("\x88\x82\0\0\0\0\x03\xEF", 8);
const octets late_text("\x81\x84\0\0\0\0late", 10);

bool is_inflate_error(error_code error) {
  return error.category() ==
         boost::beast::zlib::make_error_code(boost::beast::zlib::error::stream_error).category();
}

class beast_client final : public client_frames {
public:
  beast_client(transport::runtime& world, guarded connection, const client_options& how)
      : world_(world),
        how_(how),
        frame_options_(frame_options(how)),
        guard_(new client_guard(world, std::move(connection), how)),
        stream_(std::unique_ptr<transport::transport>(guard_)) {
    beast_ws::stream_base::timeout never{};
    never.handshake_timeout = beast_ws::stream_base::none();
    never.idle_timeout = beast_ws::stream_base::none();
    never.keep_alive_pings = false;
    stream_.set_option(never);
    beast_ws::permessage_deflate compression;
    compression.client_enable = true;  // in use where the answer says so
    stream_.set_option(compression);
    stream_.auto_fragment(false);
    stream_.write_buffer_bytes(write_buffer);
    stream_.read_message_max(how.maximum_message);
  }

  awaitable<bool> begin() override {
    const octets host = "halley";
    const octets target = "/";
    error_code error;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await stream_.async_handshake(host, target, token);
    co_return !error;
  }

  awaitable<bool> read(websocket::message& into) override {
    error_code error;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await stream_.async_read(buffer_, token);
    if (is_inflate_error(error) && frame_options_.mutant("inflate-error-ignored")) {
      into = websocket::message();
      co_return true;
    }
    if (error) {
      note_end(error);
      co_return false;
    }
    into.data = boost::beast::buffers_to_string(buffer_.data());
    into.text = guard_->next_is_text(stream_.got_text());
    buffer_.consume(buffer_.size());
    damage(into, frame_options_);
    // Beast takes a character that is cut by an empty last fragment for whole (RFC 6455 §8.1).
    if (is_sound(into, frame_options_)) co_return true;
    owes_close_ = true;
    co_return false;
  }

  awaitable<bool> write(websocket::message one) override {
    stream_.text(one.text);
    error_code error;
    const auto from = boost::asio::buffer(one.data);
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await stream_.async_write(from, token);
    co_return !error;
  }

  awaitable<void> close(close_frame with) override {
    beast_ws::close_reason reason(with.code);
    reason.reason.assign(with.reason);
    error_code error;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await stream_.async_close(reason, token);
    if (error)
      note_end(error);
    else
      closed_ = true;
  }

  awaitable<void> settle() override {
    const bool silent = how_.mutant("client-drop-without-close");
    // In the middle of a frame a Close would be taken for payload.
    if (gone() || !guard_->between_frames()) co_return;
    if (owes_close_ && !silent) co_await send(close_1007);
    if (how_.mutant("client-data-after-close")) co_await send(late_text);
  }

  std::optional<close_frame> closed_by() const override {
    if (!closed_) return std::nullopt;
    const beast_ws::close_reason& got = stream_.reason();
    return close_frame{got.code, octets(got.reason.data(), got.reason.size())};
  }

  awaitable<void> finish(instant deadline) override {
    const bool first = how_.mutant("client-closes-tcp-first");
    clock::watchdog bound(world_.time());
    if (!how_.mutant("client-never-closes-tcp")) bound.arm(deadline, [this] { guard_->close(); });
    octets block(drop_block, '\0');
    std::size_t dropped = 0;
    while (!ended_ && !first && !gone() && dropped < drop_maximum) {
      error_code error;
      const auto into = boost::asio::buffer(block);
      const std::size_t got = co_await transport::read_some(guard_->lower(), into, error);
      dropped += got;
      if (error) ended_ = true;
    }
    bound.disarm();
    if (!how_.mutant("client-never-closes-tcp")) guard_->close();
  }

  void drop() override {
    dropped_ = true;
    guard_->close();
  }

private:
  /// Whether TCP was ended on this side.
  bool gone() const { return dropped_ || guard_->stuck(); }

  awaitable<void> send(octets frame) {
    error_code error;  // a server that is gone misses nothing
    const octets out = guard_->masked(frame);
    const auto from = boost::asio::buffer(out);
    co_await transport::write_all(guard_->lower(), from, error);
  }

  /// Remembers how reading ended: with the server's Close, with a failure of our own, or with TCP,
  /// behind which nothing may be read.
  void note_end(error_code error) {
    if (error == beast_ws::error::closed) {
      closed_ = true;
    } else if (is_inflate_error(error)) {
      // Beast fails here without a Close. The data is what is not consistent: 1007.
      owes_close_ = true;
    } else if (error.category() != beast_ws::make_error_code(beast_ws::error::closed).category() &&
               error != boost::asio::error::operation_aborted) {
      ended_ = true;
    }
  }

  transport::runtime& world_;
  const client_options& how_;
  const options frame_options_;
  client_guard* guard_;  // owned by the stream
  beast_ws::stream<transport::asio_stream> stream_;
  boost::beast::flat_buffer buffer_;
  bool closed_ = false;
  bool ended_ = false;
  bool dropped_ = false;
  bool owes_close_ = false;
};

}  // namespace

std::unique_ptr<client_frames> client_frames::over(transport::runtime& world,
                                                   guarded connection,
                                                   const client_options& how) {
  return std::make_unique<beast_client>(world, std::move(connection), how);
}

}  // namespace halley::gateway
