#pragma once

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace halley::capture {

/// What was seen of TCP, in one flow or in all.
struct segment_counts {
  std::uint64_t segments = 0;
  std::uint64_t octets = 0;              ///< given to sinks
  std::uint64_t retransmitted = 0;       ///< segments that brought octets again
  std::uint64_t out_of_order = 0;        ///< segments that came after later ones
  std::uint64_t differing_overlaps = 0;  ///< octets that came again, and were others
  std::uint64_t gaps = 0;
  std::uint64_t gap_octets = 0;

  bool operator==(const segment_counts&) const = default;
};

/// A run of octets of one direction, where and when it was captured.
struct stream_piece {
  std::uint32_t seq = 0;
  std::uint32_t length = 0;  ///< on the wire
  octet_view data;           ///< what of it was captured: all, or its front
  moment at;

  std::uint32_t end() const { return seq + length; }
  stream_piece front(std::uint32_t size) const;
  void drop_front(std::uint32_t size);
};

/// Who takes the octets of a direction, in order.
struct stream_reader {
  flow_sink* sink = nullptr;  ///< null: nobody
  side from = side::client;
  segment_counts* counts = nullptr;
};

/// Puts the segments of one direction of a flow in order. Sequence numbers wrap: what counts is the
/// signed distance between two of them. See assembler for the rules.
class stream_order {
public:
  bool known() const { return known_; }
  /// The sequence number of the first octet.
  std::uint32_t base() const { return base_; }
  void begin_at(std::uint32_t seq);
  /// The other side has everything before `ack`; `at`: when it said so.
  void acknowledge(std::uint32_t ack, const moment& at);
  /// Whether octets are missing that the other side has. One alone may be a FIN that was not
  /// captured.
  bool lacks() const { return !closed_ && distance(next_, acknowledged_) > 1; }
  bool has_reached(std::uint32_t seq) const { return distance(next_, seq) <= 0; }

  /// What comes was sent when the octets of the other direction before `ack` were there already: it
  /// waits until they are.
  void hold_until(std::uint32_t ack) {
    held_ = true;
    held_until_ = ack;
  }
  bool held() const { return held_; }
  /// Lets go what was held where `other` has come so far.
  void release(const stream_order& other, const stream_reader& to) {
    if (held_ && (other.has_reached(held_until_) || !other.lacks())) let_go(to);
  }

  /// How many octets the other side has that were not given.
  std::uint32_t unseen() const {
    return known_ && !closed_ && ahead(acknowledged_) > 0 ? acknowledged_ - next_ : 0;
  }

  /// The usual case is first, and short: the octets that are next, and none wait.
  void take(const stream_piece& one, const stream_reader& to) {
    if (one.seq == next_ && waiting_.empty() && !closed_ && !held_)
      give(one, to);
    else
      take_unusual(one, to);
  }
  void end_at(std::uint32_t seq, const moment& at);
  void reset_at(std::uint32_t seq, const moment& at);

  /// Called with every packet of the flow: gives up what the other side has and nobody brings.
  void look_for_gap(const stream_reader& to, std::uint32_t patience) {
    if (!waiting_.empty() || has_fin_ != fin_given_ || lacks())
      judge_missing(to, patience);
    else
      waited_ = 0;
  }
  /// Gives FIN and RST where they are due.
  void give_ends(const stream_reader& to) {
    if (has_fin_ != fin_given_ || has_rst_ != rst_given_) give_due_ends(to);
  }
  /// Makes the first missing octets a gap, and gives what follows.
  void give_up_first(const stream_reader& to);
  /// Nothing more will come.
  void give_all(const stream_reader& to);

  std::size_t waiting() const { return waiting_.size(); }
  /// Whether the end was seen; octets before it may still be missing.
  bool has_fin() const { return has_fin_; }
  bool has_rst() const { return has_rst_; }

private:
  struct recent {
    std::uint32_t seq = 0;
    std::uint32_t size = 0;
    const char* data = nullptr;
  };
  static constexpr std::size_t remembered = 16;

  static std::int32_t distance(std::uint32_t from, std::uint32_t to) {
    return static_cast<std::int32_t>(to - from);
  }
  std::int32_t ahead(std::uint32_t seq) const { return distance(next_, seq); }
  void let_go(const stream_reader& to);
  void take_unusual(stream_piece one, const stream_reader& to);
  void put_waiting(stream_piece one, const stream_reader& to);
  void give(const stream_piece& one, const stream_reader& to);
  void give_gap(std::uint32_t length, const moment& at, const stream_reader& to);
  void give_waiting(const stream_reader& to);
  void give_due_ends(const stream_reader& to);
  void judge_missing(const stream_reader& to, std::uint32_t patience);
  void compare_recent(const stream_piece& again, segment_counts& counts) const;

  std::uint32_t next_ = 0;
  std::uint32_t base_ = 0;
  std::uint32_t acknowledged_ = 0;
  std::uint32_t held_until_ = 0;
  std::uint32_t waited_ = 0;  ///< packets since the missing octets were acknowledged
  std::uint32_t fin_at_ = 0;
  std::uint32_t rst_at_ = 0;
  bool known_ = false;
  bool closed_ = false;  ///< by FIN or RST: nothing can follow
  bool held_ = false;
  bool has_fin_ = false;
  bool fin_given_ = false;
  bool has_rst_ = false;
  bool rst_given_ = false;
  std::uint8_t next_recent_ = 0;
  std::vector<stream_piece> waiting_;  ///< in order, none overlaps another
  moment lack_moment_;
  moment fin_moment_;
  moment rst_moment_;
  std::array<recent, remembered> recent_{};
};

}  // namespace halley::capture
