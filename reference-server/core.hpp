#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "reference-server/comet_log.hpp"
#include "reference-server/comet_streams.hpp"
#include "reference-server/options.hpp"
#include "reference-server/topic.hpp"
#include "transport/runtime.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace halley::gateway {

class connection;

/// What a service did so far; shown by /status.
struct counters {
  std::uint64_t begun = 0;
  std::uint64_t ended = 0;
  std::uint64_t refused = 0;
  std::uint64_t dropped = 0;  // slow consumers, peers cut off
};

/// What the connections of one gateway share. Thread safety: one thread, that of the runtime.
struct core : std::enable_shared_from_this<core> {
  core(transport::runtime& runtime, options how);

  instant now() { return world.time().now(); }
  /// The topic of that name, made when it is new; null where there are too many.
  topic* find_topic(const octets& key);
  /// Whether no further connection is served until one ends.
  bool full() const { return connections.size() + slots_lost >= settings.maximum_connections; }

  transport::runtime& world;
  const options settings;
  const instant started;
  const octets pseudonym;  // what this gateway is called in Via: no other has the same
  std::shared_ptr<clock::tasks> work;
  std::map<std::uint64_t, connection*> connections;  // by number, in the order of their accept
  std::uint64_t accepted = 0;
  std::map<octets, std::shared_ptr<topic>> topics;
  std::map<octets, instant> passes;  // cookies that were given out, until when they hold
  comet_log comet_events;
  comet_streams comet_open;
  duration comet_period{0};  // what a mutant took from the first stream
  std::map<std::string, counters> stages;
  std::size_t polls_held = 0;
  std::size_t slots_lost = 0;       // what a mutant never frees
  octets stale;                     // what a mutant did not clear behind the last stream
  std::map<octets, octets> stored;  // what a mutant answers without asking, by target
  std::set<octets> asked;           // what it has asked for
  octets block;                     // what is read is read into here, by whoever reads at once
  std::vector<octets> blocks;       // and by others, each into one of its own while it is there
  bool stopping = false;
};

/// Counts one use of a stage while it lives.
class in_stage {
public:
  explicit in_stage(counters& of) : of_(of) { ++of_.begun; }
  in_stage(const in_stage&) = delete;
  in_stage& operator=(const in_stage&) = delete;
  ~in_stage() { ++of_.ended; }

private:
  counters& of_;
};

}  // namespace halley::gateway
