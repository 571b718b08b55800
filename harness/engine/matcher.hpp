#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "engine/inbox.hpp"
#include "scenario/scenario.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halley::engine {

/// An event pattern with every ${…} replaced.
struct wanted_event {
  scenario::event_pattern pattern;
  duration silence{0};  ///< for "silence"
};

/// An alternative ready to be held against an inbox.
struct wanted {
  std::string is;
  std::vector<wanted_event> events;
};

/// How far one alternative got.
struct progress {
  enum class fit { possible, matched, impossible };
  fit state = fit::possible;
  cursor end;                           ///< behind what was matched
  std::vector<std::size_t> matched;     ///< indices into inbox.events()
  octets body;                          ///< what http.body or bytes took
  instant at{0};                        ///< arrival of the last matched event
  std::optional<instant> wake;          ///< when time alone may change the answer (silence)
  std::optional<std::size_t> mismatch;  ///< the event that made it impossible
};

/// What one wait has found out, so that each event and each piece of a body is looked at once
/// however many come.
struct findings {
  struct octets_so_far {
    std::optional<octets> expected;  ///< what `equals` stands for
    std::optional<cursor> start;     ///< where the octets begin
    cursor reached;                  ///< behind the pieces in `data`
    octets data;
  };
  /// The first events of an alternative, as far as what they matched cannot change any more.
  struct beginning {
    std::size_t steps = 0;
    std::optional<progress> so_far;
  };
  std::map<const scenario::event_pattern*, octets_so_far> octets_of;
  std::map<const wanted*, beginning> beginning_of;
};

struct matching {
  std::vector<std::string> ignoring;  ///< event names to skip
  instant started{0};                 ///< when the step began
  instant now{0};
  bool time_is_up = false;
  findings* known = nullptr;  ///< of the same alternatives, inbox and position; may be null
};

/// Holds `one` against what came since the cursor. Pure: consumes nothing.
/// Which events are passed over without a word, because they are details of something else or legal
/// at any time: 1xx responses other than 101, the rest of an earlier message's body, SSE comments
/// and retry, pings the scenario does not ask for, whole messages where frames are wanted and the
/// other way round.
progress follow(const inbox& in, const wanted& one, const matching& how);

/// What the alternatives together say. The first alternative in file order wins; an earlier one
/// that could still match holds back later ones until it is ruled out or time is up.
struct choice {
  enum class outcome { undecided, chosen, none };
  outcome what = outcome::undecided;
  std::size_t index = 0;  ///< of the chosen alternative
  progress how;           ///< of the chosen alternative
  std::optional<instant> wake;
  std::optional<std::size_t> mismatch;  ///< the first event that fits nothing, when none is left
};
choice choose(const inbox& in, const std::vector<wanted>& alternatives, const matching& how);

/// "http.response status=101 upgrade: token websocket": for people, printable.
std::string describe(const scenario::event_pattern& pattern);

}  // namespace halley::engine
