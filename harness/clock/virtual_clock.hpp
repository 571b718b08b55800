#pragma once

#include "clock/clock.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

namespace halley::clock {

/// Time that passes only when nothing is left to do: it jumps to the earliest wait. Waits for the
/// same instant end in the order in which they were begun; a cancelled wait never moves the clock.
class virtual_clock final : public clock {
public:
  explicit virtual_clock(boost::asio::io_context& context);
  ~virtual_clock() override;

  instant now() const override;
  std::unique_ptr<timer> make_timer() override;

  /// Runs all that is ready, jumps, and so on, until there is neither work nor a wait, or until the
  /// next wait lies behind `limit`; the clock then stands at `limit` or at the last wait that
  /// ended. Returns: how many waits ended.
  std::size_t run(instant limit = instant::max());

private:
  class virtual_timer;
  struct wait;
  using key = std::pair<instant, std::uint64_t>;

  /// Ends the wait `at`, if it is still under way, as cancelled.
  void end(const key& at);

  boost::asio::io_context& context_;
  instant now_{0};
  std::uint64_t begun_ = 0;
  std::map<key, std::shared_ptr<wait>> waits_;
};

}  // namespace halley::clock
