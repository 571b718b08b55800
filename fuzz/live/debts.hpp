#pragma once

#include "trace/event.hpp"

#include <cstddef>

namespace halley::fuzz {

/// Follows what a target still owes to one exchange: a final response to each request, an echo and
/// a Pong to each message and Ping, the end behind a Close frame. Only a hint for whoever waits:
/// where it is not sure it says that something is owed.
class debts {
public:
  void see(const trace::event& one);

  /// Nothing is owed that is worth waiting for.
  bool settled() const;
  /// Final responses, and 101, whose heads have come.
  std::size_t answers() const { return heads_; }

private:
  void see_ours(const trace::event& one);
  void see_theirs(const trace::event& one);

  bool fault_ = false;   ///< of ours: who can say what comes
  bool frames_ = false;  ///< WebSocket was agreed
  bool tunnel_ = false;
  bool closing_ = false;
  bool interim_ = false;
  bool reading_body_ = false;
  bool writing_request_ = false;
  std::size_t requests_ = 0;
  std::size_t heads_ = 0;
  std::size_t messages_ = 0;
  std::size_t echoes_ = 0;
  bool ping_ = false;
};

}  // namespace halley::fuzz
