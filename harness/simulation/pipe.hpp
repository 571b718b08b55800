#pragma once

#include "base/bytes.hpp"
#include "base/fifo.hpp"
#include "base/random.hpp"
#include "clock/clock.hpp"
#include "simulation/call.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"

#include <cstddef>
#include <cstdint>

namespace halley::simulation {

/// What travels in one direction of a connection.
struct piece {
  enum class kind : std::uint8_t {
    open,  ///< the ACK that ends the three-way handshake
    data,
    fin,
    reset,
    window,  ///< `room` more octets may be sent the other way
    probe,   ///< asks whether there is room again
  };
  kind what = kind::data;
  octets data = {};
  std::size_t room = 0;
};

/// Who a pipe tells.
class pipe_user {
public:
  pipe_user() = default;
  pipe_user(const pipe_user&) = delete;
  pipe_user& operator=(const pipe_user&) = delete;
  virtual ~pipe_user() = default;

  /// At the far end, in order.
  virtual void arrived(const void* pipe, piece&& one) = 0;
  /// `count` octets were lost behind a cut; their sender takes them for delivered.
  virtual void swallowed(const void* pipe, std::size_t count) = 0;
  /// A cut wants both ends reset, or both directions gone.
  virtual void reset_both() = 0;
  virtual void vanish_both() = 0;
  /// What was sent was not acknowledged for too long.
  virtual void timed_out(const void* pipe) = 0;
  /// Something is on its way, or nothing is any more.
  virtual void busy_changed() = 0;
};

/// One direction of a connection: octets and ends in order, under a path's delay, rate, segments
/// and cuts. Loss is what a TCP user sees of it: delay, with everything behind waiting too. While
/// the way is down it retransmits as Linux does, with a wait that doubles from 200 ms to 120 s, and
/// gives up after 15 times (924.6 s; tcp_retries2). RST is not sent again, and where the way is
/// gone for good nor are window updates. Source of the times: RFC 6298 §5, tcp(7).
class pipe {
public:
  struct ends {
    pipe_user& user;
    const bool& down;  ///< the hosts are parted
  };

  pipe(world& of, const transport::path& on, random_source chance, ends whose);

  /// The connection stands: a cut after no octets comes now.
  void begin() { apply_cut(); }
  void push(piece&& one);
  void stop_data() { swallow_ = true; }
  void vanish() { gone_ = true; }
  /// Nothing of it arrives any more.
  void clear();
  /// Nor of what is pushed from now on.
  void end();
  bool busy() const { return !flying_.empty() || !waiting_.empty(); }
  const transport::path& on() const { return path_; }
  /// Something waits that will never get through.
  bool stuck() const { return gone_ && !waiting_.empty(); }
  bool vanished() const { return gone_; }

private:
  struct flying {
    instant at{0};
    piece what;
  };

  void transmit();
  void pass_front();
  bool blocked();
  void lose();
  duration time_on_line(std::size_t count);
  bool swallows(const piece& one);
  void fly(piece&& one);
  void land();
  void apply_cut();
  void retry();
  std::size_t next_length(std::size_t available) const;

  world& world_;
  transport::path path_;
  random_source chance_;
  ends ends_;
  call landing_;
  call retrying_;
  fifo<piece> waiting_;
  std::size_t front_sent_ = 0;  ///< octets of the first that are on their way
  fifo<flying> flying_;
  std::uint64_t passed_ = 0;
  instant free_{0};             ///< when the line has sent what it was given
  std::uint64_t fraction_ = 0;  ///< of a nanosecond behind `free_`, in units of 1 / rate
  instant last_{-1};            ///< the latest arrival so far
  instant held_until_{0};
  duration backoff_{0};
  int retries_ = 0;
  bool cut_ = false;
  bool swallow_ = false;
  bool gone_ = false;
  bool ended_ = false;
};

}  // namespace halley::simulation
