#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenario_writer.hpp"

#include <cstdint>

namespace halley::fuzz {

/// A subscriber of an event stream that is cut off, misses events and comes back. What it
/// dispatches is everything that was published since it first came, whatever way it was cut off.
class sse_resume final : public model {
public:
  void begin(scenario_writer& to) override;
  bool step(choices& from, scenario_writer& to) override;

private:
  enum class command { subscribe, resume, publish, publish_unread, cut };

  void subscribe(scenario_writer& to, std::uint32_t after);
  void publish(scenario_writer& to, std::uint32_t count);
  /// What the stream delivers next: all from the first that was not received, to the newest.
  void expect_rest(scenario_writer& to);

  bool connected_ = false;
  std::uint32_t published_ = 0;  ///< ids and data are 1, 2, 3, …
  std::uint32_t received_ = 0;   ///< on this connection, and before it
};

}  // namespace halley::fuzz
