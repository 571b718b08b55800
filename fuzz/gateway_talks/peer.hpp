#pragma once

#include "capture/flow_sink.hpp"
#include "capture/recording.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "fuzz/gateway_talks/script.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/verdict.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <cstdint>
#include <memory>

namespace halley::fuzz {

/// One end of a connection with the gateway that does what a script says, reads what comes beside
/// it, and has all that both sides say judged.
/// Lifetime: the runtime outlives it; `talk` and `read` are awaited by whoever made it.
class peer {
public:
  peer(transport::runtime& world, const side_script& script);
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  void take(std::unique_ptr<transport::transport> lower);
  /// Does the deeds, then leaves.
  awaitable<void> talk();
  /// Reads until the gateway's end, or until this peer has left.
  awaitable<void> read();

  /// What the judge says of the gateway and of this peer. Called once, at the end.
  inspect::flow_verdict judged() { return judge_.finish(); }

private:
  class listener;

  awaitable<void> act();
  awaitable<void> do_one(const deed& one);
  awaitable<void> write(const deed& one);
  awaitable<void> await_more(duration most);
  awaitable<void> await_end(duration most);

  transport::runtime& world_;
  const side_script& script_;
  inspect::judge_settings settings_;
  inspect::flow_judge judge_;
  std::unique_ptr<capture::octet_observer> tells_;
  std::unique_ptr<transport::transport> lower_;
  clock::wake news_;
  clock::watchdog bound_;
  instant reads_from_{0};    ///< no sooner
  std::uint64_t heard_ = 0;  ///< octets
  std::uint64_t known_ = 0;  ///< of them, when it was last waited for more
  bool writes_ = true;       ///< nothing has ended that
  bool reading_done_ = false;
  bool left_ = false;
};

}  // namespace halley::fuzz
