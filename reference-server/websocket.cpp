#include "reference-server/websocket.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/frame_guard.hpp"
#include "reference-server/message_faults.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "reference-server/websocket_extensions.hpp"
#include "reference-server/websocket_handshake.hpp"
#include "transport/asio_stream.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/option.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace halley::gateway {
namespace {

namespace http = boost::beast::http;
namespace beast_ws = boost::beast::websocket;

constexpr std::size_t write_buffer = 16384;
constexpr std::size_t drop_block = 16384;
constexpr std::size_t first_room = 64;  // of a message
constexpr std::size_t further_room = std::size_t{64} << 10U;
constexpr std::size_t no_limit = std::size_t{1} << 30U;  // of the mutant that knows no limit
/// How much a peer may still send behind the Close before TCP is closed on it anyway.
constexpr std::size_t drop_maximum = std::size_t{64} << 20U;

using handshake_request = http::request<http::empty_body>;

/// What Beast needs to know of a request that was checked already.
handshake_request for_beast(const request& head, const options& how) {
  const octets* const key = head.find("Sec-WebSocket-Key");
  handshake_request made(http::verb::get, "/", 11);
  made.set(http::field::host, "halley");
  made.set(http::field::connection, "Upgrade");
  made.set(http::field::upgrade, "websocket");
  made.set(http::field::sec_websocket_key, key == nullptr ? octets() : *key);
  made.set(http::field::sec_websocket_version, "13");
  if (!how.ws_deflate) return made;
  for (const octets& offer : offers_for_beast(head, how))
    made.insert(http::field::sec_websocket_extensions, offer);
  return made;
}

void decorate(beast_ws::response_type& answer, const std::string& protocol, const options& how) {
  answer.set(http::field::server, "halley");
  if (!protocol.empty()) answer.set(http::field::sec_websocket_protocol, protocol);
  if (answer.result() != http::status::switching_protocols) return;
  if (how.mutant("unrequested-subprotocol"))
    answer.set(http::field::sec_websocket_protocol, "nobody.asked");
  if (how.mutant("wrong-accept-key"))
    answer.set(http::field::sec_websocket_accept, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

class beast_websocket final : public websocket {
public:
  beast_websocket(std::shared_ptr<connection> on,
                  const octets& early,
                  websocket_terms terms,
                  bool deflate)
      : on_(std::move(on)),
        terms_(std::move(terms)),
        guard_(new frame_guard(*on_, early, deflate)),
        stream_(std::unique_ptr<transport::transport>(guard_)),
        closing_(on_->shared().world.time()) {
    const options& how = on_->shared().settings;
    beast_ws::stream_base::timeout never{};
    never.handshake_timeout = beast_ws::stream_base::none();
    never.idle_timeout = beast_ws::stream_base::none();
    never.keep_alive_pings = false;
    stream_.set_option(never);
    beast_ws::permessage_deflate compression;
    compression.server_enable = how.ws_deflate;
    stream_.set_option(compression);
    stream_.auto_fragment(false);
    stream_.write_buffer_bytes(write_buffer);
    stream_.read_message_max(how.mutant("no-1009") ? no_limit : terms_.maximum_message);
  }

  /// Answers 101. Returns: false where the connection broke.
  awaitable<bool> accept(request head) {
    const options& how = on_->shared().settings;
    const std::string protocol = choose_protocol(head, terms_.protocols, how);
    stream_.set_option(beast_ws::stream_base::decorator(
        [protocol, &how](beast_ws::response_type& answer) { decorate(answer, protocol, how); }));
    if (!how.mutants.empty())
      guard_->amend_answer([&](octets& answer) { spoil_extensions(answer, head, how); });
    const handshake_request made = for_beast(head, how);
    error_code error;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await stream_.async_accept(made, token);
    co_return !error;
  }

  awaitable<bool> read(message& into) override {
    const options& how = on_->shared().settings;
    error_code error;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    // Beast would take 1,536 octets of room before anything comes: who only listens needs none.
    std::size_t room = std::max(first_room, buffer_.capacity());
    do {
      co_await stream_.async_read_some(buffer_, room, token);
      // Beast would take room for all that a compressed frame announces, 2^62 octets if need be.
      room = further_room;
    } while (!error && !stream_.is_message_done());
    if (!error) {
      into.data = boost::beast::buffers_to_string(buffer_.data());
      into.text = guard_->next_is_text(stream_.got_text());
      buffer_.consume(buffer_.size());
      damage(into, how);
      // Beast takes a character that is cut by an empty last fragment for whole (RFC 6455 §8.1).
      if (is_sound(into, how)) co_return true;
    } else {
      note_end(error);
      if (ended_ && buffer_.size() > 0 && how.mutant("cut-message-echoed")) co_await echo_rest();
    }
    if (!error || is_inflate_error(error)) {
      // Beast fails here without a Close. The data is what is not consistent: 1007.
      const octet_view close_1007("\x88\x02\x03\xEF", 4);
      const octet_view empty_text("\x81\x00", 2);
      const bool taken = error && how.mutant("inflate-error-ignored");
      const octet_view answer = taken ? empty_text : close_1007;
      if (how.mutant("close-inside-frame"))
        co_await on_->write(answer);
      else if (!how.mutant("drop-without-close"))
        last_words_ = answer;
    }
    co_return false;
  }

  awaitable<bool> write(octet_view data, bool text) override {
    stream_.text(text);
    error_code error;
    const auto from = boost::asio::buffer(data);
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await stream_.async_write(from, token);
    co_return !error;
  }

  bool writes_now() const override { return guard_->writes_now(); }
  std::size_t write_now(octet_view frames) override {
    return is_open() && !ended_ ? guard_->write_frames_now(frames) : 0;
  }

  bool is_open() const override { return stream_.is_open() && !closing_begun_; }

  awaitable<void> ping() override {
    error_code error;
    const beast_ws::ping_data empty;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await stream_.async_ping(empty, token);
  }

  instant last_input() const override { return guard_->last_input(); }

  awaitable<void> close(int code) override {
    closing_begun_ = true;
    bound_closing();
    error_code error;
    const beast_ws::close_reason reason(static_cast<std::uint16_t>(code));
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await stream_.async_close(reason, token);
    if (error) note_end(error);
  }

  awaitable<void> finish() override {
    error_code error;
    if (!closing_begun_) {
      const auto from = boost::asio::buffer(last_words_);
      co_await transport::write_all(*guard_, from, error);
      bound_closing();
    }
    guard_->shutdown_send(error);
    octets block(drop_block, '\0');
    std::size_t dropped = 0;
    error.clear();
    while (!ended_ && !on_->closed() && dropped < drop_maximum) {
      const auto into = boost::asio::buffer(block);
      const std::size_t got = co_await transport::read_some(on_->lower(), into, error);
      dropped += got;
      if (error) ended_ = true;
    }
    core& shared = on_->shared();
    if (shared.settings.mutant("close-leaves-tcp-open"))
      co_await clock::sleep_for(shared.world.time(), shared.settings.ws_close_timeout);
    closing_.disarm();
    on_->close();
  }

private:
  /// Sends back what there is of a message that was cut: the fault of a mutant.
  awaitable<void> echo_rest() {
    constexpr std::size_t most = 125;  // a length of one octet: RFC 6455 §5.2
    const octets rest = boost::beast::buffers_to_string(buffer_.data()).substr(0, most);
    const octets frame = octets("\x81") + static_cast<char>(rest.size()) + rest;
    co_await on_->write(frame);
  }

  /// From the Close on, the peer has the close timeout for its own Close and its FIN.
  void bound_closing() {
    const options& how = on_->shared().settings;
    if (how.mutant("close-leaves-tcp-open")) return;
    closing_.arm(on_->shared().now() + how.ws_close_timeout, [this] { on_->close(); });
  }

  /// Remembers whether the transport itself ended, behind which nothing may be read.
  void note_end(error_code error) {
    const bool by_frames =
        error.category() == beast_ws::make_error_code(beast_ws::error::closed).category();
    if (!by_frames && !is_inflate_error(error) && error != boost::asio::error::operation_aborted)
      ended_ = true;
  }

  static bool is_inflate_error(error_code error) {
    return error.category() ==
           boost::beast::zlib::make_error_code(boost::beast::zlib::error::stream_error).category();
  }

  std::shared_ptr<connection> on_;
  const websocket_terms terms_;
  frame_guard* guard_;  // owned by the stream
  beast_ws::stream<transport::asio_stream> stream_;
  boost::beast::flat_buffer buffer_;
  clock::watchdog closing_;
  bool closing_begun_ = false;
  bool ended_ = false;
  octet_view last_words_;  // go out behind whatever frame is under way
};

}  // namespace

awaitable<std::unique_ptr<websocket>> websocket::accept(exchange& with, websocket_terms terms) {
  if (auto refused = refuse_handshake(with.head(), with.settings())) {
    ++with.shared().stages["ws"].refused;
    co_await with.respond(std::move(*refused));
    co_return nullptr;
  }
  with.close_after();
  const auto on = with.peer().shared_from_this();
  co_await on->stop_reading();
  // A peer that has ended already gets no frame across: there is no conversation to begin.
  if (on->peer() != connection::inbound::open || on->closed()) co_return nullptr;
  const octets early(on->input());
  on->consume(early.size());
  const bool deflate =
      with.settings().ws_deflate && with.head().count("Sec-WebSocket-Extensions") != 0;
  auto made = std::make_unique<beast_websocket>(on, early, std::move(terms), deflate);
  const bool accepted = co_await made->accept(with.head());
  if (!accepted) {
    on->close();
    co_return nullptr;
  }
  with.forget_fields();
  co_return made;
}

}  // namespace halley::gateway
