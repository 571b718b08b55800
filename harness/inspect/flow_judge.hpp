#pragma once

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/measures.hpp"
#include "inspect/verdict.hpp"
#include "trace/event.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace halley::inspect {

/// One event as the judge sees it, for views. Lifetime: of the call.
struct seen_event {
  const trace::event& what;  ///< `out` = from the client; `off` counts the octets of the connection
  capture::side from = capture::side::client;
  std::uint64_t frame = 0;    ///< of its first octet; 0 where that is not known any more
  std::uint64_t order = 0;    ///< among the flow's events
  unsigned depth = 0;         ///< how many CONNECT tunnels are around it
  std::uint64_t missing = 0;  ///< so many of its octets were not captured
};

/// What the judges of one file share.
struct judge_settings {
  /// Octets that stand for missing ones cost time that no captured octet paid for.
  std::uint64_t filler_left = std::uint64_t{1} << 30U;
  latencies* measured = nullptr;  ///< may be null
};

/// Judges one connection of a capture, both sides, by the rules that live runs judge by
/// (checks/all_checks.hpp): the same octets give the same findings. Decides by content what it is;
/// what passes through a CONNECT tunnel is judged as a conversation of its own.
/// Octets that are missing inside a payload are counted off, and whatever depends on what they were
/// is not judged; where they may hide a border, that side is not judged further, nor is what can
/// only be read with it. Never a finding that missing octets could explain.
/// Limits: event_keeper's for each conversation; eight tunnels within each other.
class flow_judge final : public capture::flow_sink {
public:
  using listener = std::function<void(const seen_event&)>;

  /// `tell`, where given, gets every decoded event as it is seen. Lifetime: `shared` outlives this.
  flow_judge(const capture::flow_opening& opening, judge_settings& shared, listener tell = {});
  ~flow_judge() override;
  flow_judge(const flow_judge&) = delete;
  flow_judge& operator=(const flow_judge&) = delete;

  void data(capture::side from, octet_view data, capture::moment at) override;
  void gap(capture::side from, std::uint64_t length, capture::moment at) override;
  void acknowledged(capture::side of, std::uint64_t count) override;
  void fin(capture::side from, capture::moment at) override;
  void rst(capture::side from, capture::moment at) override;

  /// What can be said by now: a part of what `finish` will say. Takes as long as that.
  std::vector<flow_finding> findings_so_far() const;
  /// Judges what was seen. Called once, at the end.
  flow_verdict finish();

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace halley::inspect
