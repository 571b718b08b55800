#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "clock/wake.hpp"
#include "reference-server/client/client_frames.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/connecting.hpp"
#include "reference-server/client/opening.hpp"
#include "reference-server/websocket.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

namespace halley::gateway {

/// One WebSocket connection that an application has asked for, from connecting to its end.
/// It tells the application's events: app.open, app.message, app.error, app.close.
/// Thread safety: one thread, that of the runtime.
class conversation : public std::enable_shared_from_this<conversation> {
public:
  using listener = std::function<void(nlohmann::json event)>;
  /// What the application wants.
  struct wish {
    opening asked;
    bool echo = false;  // every message goes back as it came
  };

  conversation(transport::runtime& world,
               std::shared_ptr<const client_options> how,
               wish what,
               listener tell);
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;
  ~conversation() = default;

  /// Begins; what it does is owned by `by`.
  void start(clock::tasks& by);
  /// The message is sent behind those before it; dropped where the connection is closing, as the
  /// WebSocket interface of HTML has it. Returns: false where too much waits already.
  bool send(websocket::message one);
  /// Begins the closing handshake behind what is to be sent; gives up a connection not yet open.
  void close(client_frames::close_frame with);
  /// Ends all at once and tells no more.
  void drop();
  bool ended() const { return state_ == state::ended; }

private:
  enum class state { connecting, open, closing, ended };

  static awaitable<void> live(std::shared_ptr<conversation> self, clock::tasks& by);
  static awaitable<void> write_all(std::shared_ptr<conversation> self);
  awaitable<std::unique_ptr<transport::transport>> connect(error_code& error);
  awaitable<void> open(std::unique_ptr<transport::transport> lower);
  awaitable<octets> read_answer(transport::transport& from, octets& early, octets& head);
  awaitable<void> read_messages();
  awaitable<void> say_goodbye();
  awaitable<void> end();
  void cut();
  void fail(const octets& why);
  void tell(nlohmann::json event);
  void tell_message(const websocket::message& one);
  void tell_close();

  transport::runtime& world_;
  const std::shared_ptr<const client_options> how_;
  const wish wish_;
  listener listener_;
  state state_ = state::connecting;
  octets key_;
  std::shared_ptr<connecting> attempt_;          // while connecting
  transport::transport* handshaking_ = nullptr;  // while the answer is awaited
  std::unique_ptr<client_frames> frames_;
  clock::wake work_;   // for the writer
  clock::wake freed_;  // for the reader: the queue got shorter, or the writer is gone
  clock::watchdog closing_;
  std::deque<websocket::message> queue_;
  std::size_t queued_ = 0;  // octets
  std::size_t unsent_ = 0;  // messages: those of the queue and the one being written
  std::optional<client_frames::close_frame> goodbye_;
  bool reader_done_ = false;
  bool writer_done_ = false;
  bool dropped_ = false;
};

}  // namespace halley::gateway
