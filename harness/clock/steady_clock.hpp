#pragma once

#include "clock/clock.hpp"

#include <chrono>
#include <memory>

namespace halley::clock {

/// Real time: the machine's monotonic clock, counted from a start that several clocks may share.
class steady_clock final : public clock {
public:
  explicit steady_clock(
      executor where,
      std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now());

  instant now() const override;
  std::unique_ptr<timer> make_timer() override;

private:
  executor executor_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace halley::clock
