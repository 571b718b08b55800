#pragma once

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/clean_events.hpp"
#include "inspect/clean_frames.hpp"
#include "inspect/clean_head.hpp"
#include "inspect/flow_figures.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace halley::inspect {

/// Reads one flow fast and says whether nothing in it can be a finding. It never calls clear what
/// the exact judge (checks over trace::conversation) would say anything about, nor what that one
/// would not have to read: it takes what is clearly well-formed and gives up at everything else, so
/// that giving up says nothing about the flow. What it takes: whole flows of HTTP/1.1 messages in
/// the form that nearly everybody writes (clean_head.hpp), bodies with a length, in chunks without
/// extensions and trailers, or until the connection's end; event streams (clean_events.hpp);
/// WebSocket without extensions and subprotocols (clean_frames.hpp). CONNECT, other upgrades, TLS
/// and every gap are left to the judge.
/// Limits: heads of 16 KiB, 16 requests without an answer. Memory: 64 KiB, usually 1 KiB; in order
/// nothing is allocated but for the first of a kind.
class clean_scan final : public capture::flow_sink {
public:
  explicit clean_scan(const capture::flow_opening& opening);
  ~clean_scan() override;
  clean_scan(const clean_scan&) = delete;
  clean_scan& operator=(const clean_scan&) = delete;

  void data(capture::side from, octet_view data, capture::moment at) override;
  void gap(capture::side from, std::uint64_t length, capture::moment at) override;
  void fin(capture::side from, capture::moment at) override;
  void rst(capture::side from, capture::moment at) override;

  /// Everything seen so far was clearly well-formed.
  bool clear() const;
  /// What was counted; behind the octets at which it gave up, only octets and times are.
  const flow_figures& figures() const { return figures_; }

private:
  /// Where a direction is. A direction never goes back from `frames` and `until_close`.
  enum class phase : std::uint8_t {
    head,
    length,
    chunk_size,
    chunk_data,
    chunk_end,
    last_chunk_end,
    until_close,
    upgrading,  ///< the client's, behind its request
    frames,
  };

  struct lane {
    phase now = phase::head;
    bool events = false;  ///< the body is an event stream
    bool closes = false;  ///< a message said that it is the last one
    bool ended = false;
    std::uint64_t left = 0;  ///< of the body or the chunk
    octets kept;             ///< of a head or a chunk-size line that is not whole
  };

  struct request {
    bool head_only = false;
    bool upgrade = false;
    bool whole = false;
    std::chrono::nanoseconds end{0};
  };

  struct said {
    std::uint64_t length = 0;
    std::chrono::nanoseconds t{0};
  };

  static constexpr std::size_t most_requests = 16;
  static constexpr std::size_t most_said = 8;

  lane& lane_of(capture::side from) { return from == capture::side::client ? client_ : server_; }
  side_figures& figures_of(capture::side from) {
    return from == capture::side::client ? figures_.client : figures_.server;
  }
  bool take(capture::side from, lane& in, octet_view& data);
  bool take_head(capture::side from, lane& in, octet_view& data);
  bool take_request(octet_view head);
  bool take_response(octet_view head);
  bool take_final(const plain_response& head, const request& asked);
  bool take_switch(const plain_response& head, const request& asked);
  bool take_body(lane& in, octet_view& data);
  static bool take_chunk_size(lane& in, octet_view& data);
  static bool take_line_end(lane& in, octet_view& data, phase next);
  bool take_frames(capture::side from, octet_view& data);
  bool take_events(octet_view data);
  bool end_body(capture::side from, lane& in);
  void see_message(capture::side from, std::uint64_t length);
  void end(capture::side from, capture::moment at);
  void see(capture::moment at);
  void give_up();

  bool given_up_ = false;
  flow_figures figures_;
  std::chrono::nanoseconds now_{0};
  lane client_;
  lane server_;
  std::array<request, most_requests> asked_{};
  std::size_t first_asked_ = 0;
  std::size_t count_asked_ = 0;
  octets accept_;  ///< what a 101 has to say
  std::array<said, most_said> said_{};
  std::size_t first_said_ = 0;
  std::size_t count_said_ = 0;
  std::optional<std::chrono::nanoseconds> last_event_;
  std::unique_ptr<clean_events> events_;
  std::unique_ptr<std::array<clean_frames, 2>> frames_;
};

}  // namespace halley::inspect
