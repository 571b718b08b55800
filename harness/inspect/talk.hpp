#pragma once

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/content_guess.hpp"
#include "inspect/event_keeper.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/measures.hpp"
#include "inspect/stream_memory.hpp"
#include "inspect/verdict.hpp"
#include "trace/conversation.hpp"
#include "trace/event.hpp"
#include "wire/http_message.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::inspect {

/// What all conversations of one connection share.
struct flow_surroundings {
  judge_settings& settings;
  flow_judge::listener tell;
  bool whole = false;
  std::array<stream_memory, 2> memory{};  ///< of client and server
  capture::moment now;
  std::uint64_t next_order = 0;
};

/// One conversation of a connection: that on the connection itself, or one inside a tunnel. All
/// offsets are those of the connection.
class talk {
public:
  /// `base`: where its octets begin, of client and server.
  talk(flow_surroundings& around, unsigned depth, std::array<std::uint64_t, 2> base);
  ~talk();
  talk(const talk&) = delete;
  talk& operator=(const talk&) = delete;

  void data(capture::side from, std::uint64_t off, octet_view data);
  /// Returns: whether what comes behind them can be read all the same.
  bool gap(capture::side from, std::uint64_t off, std::uint64_t length);
  void end(capture::side from);
  /// Nothing of `from` behind `off` can be read.
  void stop(capture::side from, std::uint64_t off);

  /// Judges what was seen by now, and adds the findings to `result`.
  void judge(flow_verdict& result) const;
  /// Judges, and puts what it says into `result`. Called once.
  void finish(flow_verdict& result);

private:
  /// One direction.
  struct way {
    std::uint64_t base = 0;
    bool opaque = false;     ///< nobody can say what its octets mean
    bool dead = false;       ///< nothing more can be read
    bool through = false;    ///< its octets are those of the inner conversation
    bool text_lost = false;  ///< octets of the message or body that is being read are missing
    bool deflate_lost = false;
    std::uint64_t tunnel_at = 0;
    std::uint64_t last_order = 0;                               ///< of the last event before `dead`
    std::vector<std::pair<std::uint64_t, std::uint64_t>> lost;  ///< begin, end
    struct window {
      std::uint64_t off = 0;
      std::uint64_t size = 0;
    };
    std::vector<window> wanted;  ///< octets of faults that are still to come
  };

  static trace::direction direction_of(capture::side one);
  way& of(capture::side one) { return ways_.at(index_of(one)); }

  void see(trace::event&& one);
  void count(capture::side from, const trace::event& one);
  void enter_tunnel(capture::side from, std::uint64_t off);
  void feed_early(capture::side from);
  void feed_inner(capture::side from, std::uint64_t off, octet_view data);
  bool streams(const wire::response_head& head);
  bool explained_by_loss(capture::side from, const trace::event& one) const;
  void forget_loss(capture::side from, const trace::event& one);
  void want(capture::side from, std::uint64_t off, std::uint64_t len);
  void take_wanted(capture::side from);
  void fill(capture::side from, std::uint64_t off, std::uint64_t length);
  void omit(std::optional<capture::side> of, std::uint64_t behind, std::string reason);

  void judge_side(capture::side by, bool sure, flow_verdict& result) const;
  /// Whether its first octets are those of its first message.
  bool begins() const { return depth_ > 0 || around_.whole || guess_.may_begin_here(); }
  void name_it(flow_verdict& result) const;

  flow_surroundings& around_;
  unsigned depth_;
  std::array<way, 2> ways_;
  bool filling_ = false;
  bool deflate_ = false;
  bool unsure_codes_ = false;
  bool kept_all_ = true;
  content_guess guess_;
  trace::conversation conversation_;
  event_keeper keeper_;
  std::optional<stopwatch> watch_;
  flow_counts counts_;
  std::optional<flow_close> close_;
  std::string path_;
  std::string tunnel_;            // what it became
  std::deque<bool> heads_asked_;  // which of the requests without an answer are HEAD
  bool streams_ = false;
  std::vector<omission> omissions_;
  std::unique_ptr<talk> inner_;
};

}  // namespace halley::inspect
