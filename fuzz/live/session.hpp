#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "fuzz/live/debts.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/record.hpp"
#include "trace/conversation.hpp"
#include "trace/event.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

namespace halley::fuzz {

/// How long a session waits, and for how much.
struct patience {
  duration quiet{0};                           ///< without an octet either way
  duration whole{0};                           ///< for a whole exchange
  std::size_t octets = std::size_t{1} << 20U;  ///< that the target may send
  std::size_t events = 4096;
};

/// Plays one exchange at a time on a connection of its own and records it. Nothing is written to
/// it from outside but ticks: time runs out at the next tick behind the deadline.
/// Lifetime: pending operations refer to it; it may go when idle(), or with its world.
class session {
public:
  using ended = std::function<void(record&&)>;

  explicit session(transport::runtime& world) : world_(world) {}
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session();

  /// `done` is called once, when the connection is gone and nothing refers to it any more; it may
  /// begin the next one. Lifetime: `what` until then.
  void begin(const exchange& what,
             const transport::endpoint& to,
             const patience& how_long,
             ended done);
  bool idle() const { return !busy_; }
  /// Looks at the time.
  void tick();

private:
  void connected(error_code error, std::unique_ptr<transport::transport> made);
  void advance();
  bool write(const act& one);
  void wrote(octet_view sent);
  void rest(duration length);
  void finish_sending();
  void read();
  void take(error_code error, std::size_t count);
  void see(trace::event&& one);
  template <typename What>
  void note(trace::direction dir, std::size_t off, std::size_t len, What what);
  void end(ending how);
  void leave();

  transport::runtime& world_;
  const exchange* what_ = nullptr;
  patience patience_;
  ended done_;
  std::unique_ptr<transport::transport> line_;
  boost::asio::cancellation_signal give_up_;  ///< of connecting
  std::optional<trace::conversation> talk_;
  std::unique_ptr<clock::timer> timer_;
  debts debts_;
  record record_;
  std::size_t at_ = 0;       ///< the act that is next
  std::size_t written_ = 0;  ///< octets of it
  std::size_t answers_awaited_ = 0;
  std::size_t out_ = 0;
  std::size_t in_ = 0;
  int pending_ = 0;
  bool busy_ = false;
  bool over_ = false;
  bool waiting_ = false;  ///< for an answer, or for a pause to pass
  bool sending_ended_ = false;
  bool they_ended_ = false;
  instant begun_{0};
  instant moved_{0};
  std::array<char, 16384> room_;
};

}  // namespace halley::fuzz
