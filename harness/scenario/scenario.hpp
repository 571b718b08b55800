#pragma once

#include "scenario/value.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace halley::scenario {

enum class level { must, should, may };
enum class kind { conformance, survey, robustness };
enum class role { server, client, proxy };

/// What a scenario holds a target to. Declared in the file, or taken from the ledger.
struct requirement {
  std::string name;    ///< the key in this file
  std::string ledger;  ///< id in the ledger, "rfc6455/5.2-rsv"; empty for a local declaration
  std::string ref;     ///< "RFC 6455 §5.2"
  level weight = level::must;
  std::string says;
  std::string basis = "explicit";  ///< explicit, derived, convention
  std::string errata;
  location at;
};

/// How one field of an event must look. `equals` compares the whole value.
struct match {
  enum class op {
    equals,
    icase,
    token,
    contains,
    matches,
    any_of,
    between,
    sha256,
    absent,
    present
  };
  op how = op::equals;
  value operand;  ///< unused for absent and present; a list for any_of and between
};

/// One observable event, "ws.close: {code: 1002}". Names are the closed vocabulary of
/// event_names().
struct event_pattern {
  std::string name;
  std::vector<std::pair<std::string, match>> fields;  ///< "status", "payload", "code", …
  std::vector<std::pair<std::string, match>>
      headers;  ///< lower-case field names (http.request, http.response)
  std::vector<std::pair<std::string, match>> trailers;  ///< http.end
  value duration;                                       ///< silence: for
  location at;
};

struct step;

/// A named variant of what may come back.
struct alternative {
  std::string is;
  std::vector<event_pattern> events;
  std::vector<std::string> violates;
  std::string note;
  std::vector<step> then;
  location at;
};

struct timing {
  std::string since;  ///< a mark
  value min;          ///< durations; null where not given
  value max;
  std::vector<std::string> if_early;
  std::vector<std::string> if_late;
};

// The verbs. Exactly one per step.

struct open_step {
  value to;
};
struct accept_step {
  value within;
};
/// One thing to send; `form` is "http.head", "http.chunk", "http.end", "ws.frame", "ws.message",
/// "ws.close", "sse.event" or "bytes", `what` its content, checked against the closed schema but
/// not yet substituted.
struct send_step {
  std::string form;
  value what;
};
struct expect_step {
  value within;                        ///< null: the profile's default
  std::vector<std::string> ignoring;   ///< event names that are skipped
  std::vector<alternative> one_of;     ///< a single `event:` is one alternative named "expected"
  std::vector<std::string> otherwise;  ///< what any other answer violates
  std::vector<std::pair<std::string, std::string>>
      capture;  ///< variable → path, {"key", "headers.sec-websocket-key"}
  std::optional<timing> time;
  bool single = false;  ///< written as `event:`
};
struct collect_step {
  event_pattern event;
  value count;
  std::string into;
  value within;
  std::vector<std::string> violates;
};
struct close_step {
  value how;
};  ///< fin, rst, write
struct delay_step {
  value length;
};
struct mark_step {
  std::string name;
};
struct set_step {
  value_map values;
};
struct assert_step {
  enum class what { equal, contiguous, unique, increasing };
  what is = what::equal;
  value_list of;  ///< the two sides of equal, or the lists of a sequence
  std::vector<std::string> violates;
};
struct repeat_step {
  value count;
  std::string as;
  std::vector<step> steps;
};
struct parallel_step {
  std::vector<std::pair<std::string, std::vector<step>>> lanes;
};
struct notify_step {
  std::string name;
};
struct await_step {
  std::string name;
};
struct use_step {  ///< resolved: `steps` are those of the fragment
  std::string fragment;
  value_map with;
  std::vector<step> steps;
};
struct drive_step {
  value what;
};
/// Calls the target's side door; `into` (a key beside `name`) keeps a JSON answer for ${into.…}.
struct hook_step {
  std::string name;
  value_map arguments;
  std::string into;
};
struct check_step {
  std::string name;
  value_map arguments;
  std::vector<std::string> violates;
};

struct step {
  std::string as;    ///< actor; empty where there is only one
  std::string conn;  ///< connection name; empty = the actor's current one
  std::string label;
  value segment;  ///< wire.segment
  value gap;      ///< wire.gap
  std::variant<open_step,
               accept_step,
               send_step,
               expect_step,
               collect_step,
               close_step,
               delay_step,
               mark_step,
               set_step,
               assert_step,
               repeat_step,
               parallel_step,
               notify_step,
               await_step,
               use_step,
               drive_step,
               hook_step,
               check_step>
      verb;
  location at;
};

/// The key under which the verb is written, "expect".
std::string verb_name(const step& one);

struct actor {
  std::string name;
  bool plays_server = false;
  int crowd = 0;                  ///< how many of it act at once; 0: it is one, no crowd
  std::string listen;             ///< "auto", "full" or empty
  std::vector<value> chaos = {};  ///< rules of the network that its connections go through
};

/// One scenario file, fragments and ledger references resolved.
struct scenario {
  std::string id;
  int rev = 1;
  std::string title;
  std::string about;
  kind purpose = kind::conformance;
  role sut = role::server;
  std::vector<std::string> needs;
  std::vector<std::string> after;
  std::vector<std::string> tags;
  std::optional<std::chrono::nanoseconds> timeout;
  std::optional<std::chrono::nanoseconds> pace;  ///< Halley may stand still for less than that
  std::vector<requirement> requirements;
  std::vector<std::pair<std::string, value_list>> matrix;
  std::vector<std::vector<std::pair<std::string, value_list>>>
      exclude;                          ///< each: parameter → forbidden values, all together
  std::vector<value_map> include;       ///< extra combinations
  std::map<std::string, int> strength;  ///< quick, normal, full → t; 0 = all
  bool vary_segmentation = true;
  bool vary_network = true;   ///< in simulation
  std::vector<actor> actors;  ///< empty in the file: one client named "client"
  value_map let;
  std::vector<step> setup;
  std::vector<step> steps;
  std::vector<std::string> mutants;  ///< of the reference gateway; each must fail this scenario
  std::shared_ptr<const std::string> file;
  location at;

  const requirement* find_requirement(std::string_view name) const;
};

/// One point of a scenario's matrix.
struct instance {
  std::shared_ptr<const scenario> of;
  std::vector<std::pair<std::string, value>> parameters;  ///< in matrix order
  std::string id;  ///< "ws/frame/reserved-bits[rsv=2,opcode=ping]"
};

}  // namespace halley::scenario
