#pragma once

#include "clock/clock.hpp"
#include "engine/target.hpp"
#include "fuzz/coverage_map.hpp"
#include "fuzz/live/holding.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/outcome.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"
#include "transport/runtime.hpp"
#include "transport/tcp_runtime.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halley::fuzz {

/// A target on real sockets: one that its profile launches, or one that runs already.
class live_stage final : public stage {
public:
  /// `directory`: fresh and writable, absolute; what the target writes stands below it.
  live_stage(scenario::profile profile, std::filesystem::path directory, std::uint64_t seed);
  ~live_stage() override;

  /// Starts the target and waits until it is ready. Returns: a message on failure, else empty.
  std::string start();
  void stop();

  transport::runtime& runtime() override { return runtime_; }
  const std::vector<stand>& stands() const override { return stands_; }
  void run(const std::function<bool()>& done) override;
  bool simulated() const override { return false; }
  std::size_t new_coverage() override;
  std::string crashed() override;
  outcome play(const std::shared_ptr<const scenario::scenario>& what,
               const watcher& tell = {}) override;
  std::optional<holding> held() override;
  bool restart() override;

  engine::target& target() { return *target_; }
  clock::clock& time() { return runtime_.time(); }

private:
  void wait_for(awaitable<void> work);
  std::string new_log_text();

  scenario::profile profile_;
  std::filesystem::path directory_;
  std::uint64_t seed_;
  std::uint64_t plays_ = 0;
  coverage_map coverage_;  ///< of targets that were built with fuzz/coverage
  bool tells_ = false;     ///< whether it was
  std::size_t starts_ = 0;
  std::size_t log_read_ = 0;
  boost::asio::io_context context_{1};
  transport::tcp_runtime runtime_;
  std::unique_ptr<engine::target> target_;
  std::vector<stand> stands_;
};

}  // namespace halley::fuzz
