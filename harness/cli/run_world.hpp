#pragma once

#include "clock/clock.hpp"
#include "engine/surroundings.hpp"
#include "transport/runtime.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace halley::cli {

/// The world that a run is played in: real sockets and real time, or a simulated network in virtual
/// time.
class run_world {
public:
  run_world() = default;
  run_world(const run_world&) = delete;
  run_world& operator=(const run_world&) = delete;
  virtual ~run_world() = default;

  virtual transport::runtime& runtime() = 0;
  /// Where the reference client opens its connections: on a host of its own, where there are hosts.
  virtual transport::runtime& client_runtime() = 0;
  /// Whether time is virtual: then nothing of the machine may reach what is recorded.
  virtual bool simulated() const = 0;
  /// What signals of the machine come through.
  virtual boost::asio::io_context& machine() = 0;
  /// Plays `work` to its end; rethrows what it lets out.
  virtual void play(awaitable<void> work) = 0;
  /// An attempt at `instance` is about to begin: puts the network around it that its name and the
  /// seed choose, or none where it may not `vary`.
  virtual engine::surroundings surround(const std::string& instance, bool vary) = 0;
};

std::unique_ptr<run_world> make_real_world(std::uint64_t seed);

}  // namespace halley::cli
