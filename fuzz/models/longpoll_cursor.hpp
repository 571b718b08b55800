#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenario_writer.hpp"

#include <cstdint>

namespace halley::fuzz {

/// A client that follows a topic by long polls, and leaves some of them. Along its cursors the
/// answers join to the log, each event once; a poll that was left consumes nothing; the same cursor
/// gives the same again.
class longpoll_cursor final : public model {
public:
  void begin(scenario_writer& to) override;
  bool step(choices& from, scenario_writer& to) override;

private:
  enum class command { poll, publish, held, abandon, again };

  void request(scenario_writer& to, std::uint32_t cursor, std::uint32_t hold);
  void publish(scenario_writer& to, std::uint32_t count);
  /// The answer to a poll at `cursor`.
  void expect_answer(scenario_writer& to, std::uint32_t cursor);
  void abandon(choices& from, scenario_writer& to);

  bool open_ = false;            ///< the connection of the last answer is kept
  std::uint32_t published_ = 0;  ///< ids and data are 1, 2, 3, …
  std::uint32_t cursor_ = 0;
};

}  // namespace halley::fuzz
