#pragma once

#include "capture/recording.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "clock/wake.hpp"
#include "engine/bell.hpp"
#include "engine/inbox.hpp"
#include "engine/outgoing.hpp"
#include "trace/conversation.hpp"
#include "trace/event.hpp"
#include "transport/segmenting_transport.hpp"
#include "transport/transport.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace halley::engine {

/// How a send is cut into writes.
struct cutting {
  enum class kind { whole, octets, structure, fixed };
  kind how = kind::whole;
  transport::segmentation fixed;  ///< for kind::fixed
};

/// The most that is taken from one connection, and kept of it.
struct peer_limits {
  std::uint64_t octets = 64UL * 1024U * 1024U;  ///< received, and inflated from what was received
  std::size_t events = 200'000;
};

/// Who a connection belongs to.
struct peer_identity {
  std::string conn;      ///< "c1"
  std::string actor;     ///< "client"
  std::string endpoint;  ///< "ws.echo", or the listening actor
  bool halley_is_client = true;
};

/// One side of one connection, played by Halley: it reads all the time, records every octet,
/// decodes what comes into its inbox, and writes what it is told in the background. Limits:
/// peer_limits; past one the connection is reset and an event "limit" stands in the inbox.
class peer final : public capture::octet_observer {
public:
  using recorder = std::function<void(trace::event&)>;

  /// `record` gets every event in order; `news` is rung when the inbox has something new.
  peer(peer_identity identity,
       std::unique_ptr<transport::transport> lower,
       clock::clock& time,
       bell& news,
       recorder record);
  ~peer() override;

  /// Starts reading; the coroutines belong to `owner`. Keeps itself alive until they have ended.
  static void start(const std::shared_ptr<peer>& self, clock::tasks& owner);

  /// Before `start`: other limits than the usual ones.
  void hold(const peer_limits& limits) { limits_ = limits; }

  const peer_identity& identity() const { return identity_; }
  inbox& in() { return inbox_; }
  /// Whether everything queued was written, or cannot be any more.
  bool written() const { return queue_.empty(); }
  /// Octets that were written so far.
  std::uint64_t octets_out() const { return octets_out_; }

  void send(outgoing what, cutting how);
  /// FIN behind what was queued; reading goes on.
  void half_close();
  /// Ends both directions, once what was queued is written.
  void close();
  /// RST at once.
  void reset();
  /// Lets go of the socket at the end of the instance: nothing more is recorded.
  void drop();

  // capture::octet_observer
  void sent(octet_view data, instant t) override;
  void received(octet_view data, instant t) override;
  void fin_sent(instant t) override;
  void fin_received(instant t) override;
  void rst_sent(instant t) override;
  void rst_received(instant t) override;
  void failed(error_code error, instant t) override;

private:
  struct job {
    enum class kind { write, half_close, close };
    kind what = kind::write;
    outgoing content;
    cutting how;
  };

  awaitable<void> read_all(std::shared_ptr<peer> self);
  awaitable<void> write_all(std::shared_ptr<peer> self);
  awaitable<void> write_one(const job& next, error_code& error);
  void note(trace::event one);
  void end(trace::event one);
  void reset_behind_end(instant t);
  bool over_limit(instant t);

  peer_identity identity_;
  peer_limits limits_;
  clock::clock& time_;
  bell& news_;
  recorder record_;
  std::unique_ptr<transport::segmenting_transport> transport_;
  trace::conversation conversation_;
  inbox inbox_;
  std::deque<job> queue_;
  clock::wake queued_;
  std::uint64_t octets_in_ = 0;
  std::uint64_t octets_out_ = 0;
  std::uint64_t inflated_ = 0;
  bool closed_ = false;
  bool dropped_ = false;
  bool in_ended_ = false;
  bool reset_told_ = false;
};

}  // namespace halley::engine
