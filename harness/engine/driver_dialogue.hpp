#pragma once

#include "clock/clock.hpp"
#include "engine/bell.hpp"
#include "engine/client_driver.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace halley::engine {

/// The driver protocol without what carries its lines: which command waits for its answer, and
/// which session hears which event. The other side is not trusted: what it says of sessions and
/// commands that do not exist is passed over, and of an event only known fields are taken.
class driver_dialogue {
public:
  explicit driver_dialogue(clock::clock& time) : time_(time), news_(time) {}

  void attach(const std::string& session, client_driver::listener heard);
  /// Nothing more is told of the session.
  void forget(const std::string& session);

  /// Gives `what` a number. One whose answer nobody awaits is not kept.
  std::uint64_t number(nlohmann::json& what, bool awaited = true);
  /// Waits for the answer to the command with this number.
  /// Returns: gone with an empty text where none came by `until`.
  awaitable<driver_answer> answer(std::uint64_t number, instant until);

  /// Takes one line of the other side. Returns: whether it meant something.
  bool take(const nlohmann::json& line);
  bool take(std::string_view line);
  /// The other side has ended, `why`: all sessions are told, all commands get that answer.
  void lose(const std::string& why);

private:
  bool take_answer(const nlohmann::json& line);
  bool take_event(const nlohmann::json& line);

  clock::clock& time_;
  bell news_;
  std::map<std::string, client_driver::listener, std::less<>> sessions_;
  std::set<std::uint64_t> asked_;
  std::map<std::uint64_t, driver_answer> answered_;
  std::uint64_t last_ = 0;
};

/// A line of the protocol: one JSON object in UTF-8, whatever octets its texts hold.
std::string to_line(const nlohmann::json& one);

}  // namespace halley::engine
