#pragma once

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "transport/impaired_link.hpp"
#include "transport/path.hpp"
#include "transport/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace halley::transport {

/// What a lane tells the connection that it is one direction of.
class lane_owner {
public:
  lane_owner() = default;
  lane_owner(const lane_owner&) = delete;
  lane_owner& operator=(const lane_owner&) = delete;
  virtual ~lane_owner() = default;

  virtual bool ended() const = 0;     ///< both ends are closed: nothing may be begun any more
  virtual bool vanished() const = 0;  ///< nothing passes, either way
  virtual void reset() = 0;           ///< RST to both ends, now
  virtual void vanish() = 0;
  /// The end that a lane writes to answers with RST: `lane` is the one that failed.
  virtual void sink_failed(const void* lane) = 0;
  /// A lane has read or written its last: perhaps both have.
  virtual void progressed() = 0;
};

/// One direction of a carried connection: a coroutine that reads and one that writes, with a
/// bounded queue of pieces and their times between them.
class impaired_lane {
public:
  struct sides {
    transport& source;
    transport& sink;
  };

  impaired_lane(clock::clock& time, lane_owner& owner, sides between, const path& on);
  impaired_lane(const impaired_lane&) = delete;
  impaired_lane& operator=(const impaired_lane&) = delete;
  ~impaired_lane() = default;

  void set_limits(const link_limits& limits) { limits_ = limits; }
  void set_chance(const random_source& chance) { chance_ = chance; }

  awaitable<void> read_all();
  awaitable<void> write_all();

  /// The source has sent RST, as its kernel told whoever wrote to it.
  void source_was_reset();
  /// Something happened that both coroutines should look at.
  void notify();
  bool source_ended() const { return source_ended_; }
  bool closed() const { return closed_; }

private:
  enum class kind : std::uint8_t { data, fin, reset };
  struct piece {
    kind what = kind::data;
    instant due{0};
    octets data = {};
  };

  std::size_t room() const;
  std::size_t piece_size() const;
  void arrived(octet_view data);
  void source_ends(bool with_reset);
  void add(kind what, octet_view data);
  instant due(std::size_t count, kind what);
  void watch_reset();
  void apply_cut();
  awaitable<void> pass(const piece& one);
  awaitable<void> pass_data(octet_view data);
  awaitable<void> write(octet_view data);
  void pass_fin();

  clock::clock& time_;
  lane_owner& owner_;
  transport& source_;
  transport& sink_;
  path on_;
  link_limits limits_;
  random_source chance_{0};
  clock::wake room_;
  clock::wake work_;
  clock::watchdog last_write_;
  std::deque<piece> queue_;
  std::size_t queued_ = 0;    ///< octets
  std::uint64_t taken_ = 0;   ///< octets, from the source
  std::uint64_t passed_ = 0;  ///< octets, to the sink
  instant line_free_{0};
  instant last_due_{0};
  instant held_until_{0};
  bool cut_ = false;       ///< the path's cut has come
  bool swallows_ = false;  ///< data and FIN get lost here
  bool source_reset_ = false;
  bool source_ended_ = false;  ///< FIN or RST was read
  bool closed_ = false;        ///< FIN was passed on, or lost
};

}  // namespace halley::transport
