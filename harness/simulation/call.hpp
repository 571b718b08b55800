#pragma once

#include "simulation/event_queue.hpp"

#include <functional>
#include <utility>

namespace halley::simulation {

/// An event that calls a function, again each time it happens.
class call final : public event {
public:
  explicit call(std::function<void()> what) : what_(std::move(what)) {}
  void happen() override { what_(); }

private:
  std::function<void()> what_;
};

}  // namespace halley::simulation
