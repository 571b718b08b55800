#pragma once

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "trace/event.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace halley::inspect {

/// Octets of one side that somebody will want to see.
struct stream_place {
  capture::side by = capture::side::server;
  std::uint64_t off = 0;
  std::uint64_t len = 0;
};

/// One thing that happened on a connection, as a transcript takes it.
struct transcript_entry {
  const trace::event& what;  ///< `t` since the epoch; `dir` and `off` as in seen_event
  std::uint64_t frame = 0;
  unsigned depth = 0;
  std::uint64_t missing = 0;
};

/// What of one connection is kept for a reader: its beginning, its end, and what surrounds the
/// places that were asked for. What is left out between is counted, with its frames.
/// Limits: 16 KiB of the beginning, 24 KiB around places, 24 KiB of the end; 1 KiB of each payload,
/// 64 octets of segments that go on with what another one began.
class flow_transcript {
public:
  /// Octets that all transcripts together may hold. When there are more, ends are shorter.
  static constexpr std::size_t most_live = std::size_t{128} << 20U;

  /// `since`: the time of the capture's first packet. Lifetime: `live`, which counts the octets of
  /// all transcripts, outlives this.
  flow_transcript(std::vector<stream_place> wanted,
                  std::chrono::nanoseconds since,
                  std::size_t& live);
  ~flow_transcript();
  flow_transcript(const flow_transcript&) = delete;
  flow_transcript& operator=(const flow_transcript&) = delete;

  void add(const transcript_entry& one);

  /// The events in their order, in the form of events.jsonl (trace/json_lines.hpp) without seq and
  /// conn, with `frame`, and where they apply `depth`, `missing`, and `text`, the beginning of a
  /// payload. An event "view.omitted" with `count` and `frames` stands for what was left out.
  nlohmann::ordered_json events() const;

private:
  struct item {
    trace::event what;
    std::uint64_t size = 0;  ///< of the payload, which may be cut
    std::uint64_t frame = 0;
    unsigned depth = 0;
    std::uint64_t missing = 0;
    std::size_t cost = 0;
    bool wanted = false;
  };
  /// Events that were left out in a row.
  struct hole {
    std::uint64_t count = 0;
    std::uint64_t first_frame = 0;
    std::uint64_t last_frame = 0;
  };
  struct kept {
    std::optional<item> what;
    hole instead;
  };

  bool is_wanted(const trace::event& one) const;
  std::size_t quoted(const trace::event& one);
  void push(item&& one);
  void shorten();
  void leave_out(const item& one);

  std::vector<stream_place> wanted_;
  std::chrono::nanoseconds since_;
  std::size_t& live_;
  std::vector<kept> kept_;  ///< the beginning, and what was wanted of the middle
  std::deque<item> tail_;
  std::size_t head_cost_ = 0;
  std::size_t middle_cost_ = 0;
  std::size_t tail_cost_ = 0;
  bool head_full_ = false;
  std::array<bool, 2> goes_on_{};  ///< nothing was decoded since the last segment, by side
  std::size_t wanted_next_ = 0;    ///< so many events behind a wanted one are wanted, too
};

}  // namespace halley::inspect
