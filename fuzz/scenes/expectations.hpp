#pragma once

#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/rehearsal.hpp"
#include "trace/event.hpp"

#include <optional>
#include <vector>

namespace halley::fuzz {

/// Declares the requirements that `expect_same` names.
void require_same(scenario_writer& to);

/// How what is seen on a connection is taken.
struct taking {
  bool opaque = false;  ///< the octets mean nothing themselves, as in a tunnel
  bool keeps = false;   ///< the cookie of the first response is kept as ${cookie}
};

/// A response is waited for, and its cookie kept as ${cookie}.
void keep_cookie(scenario_writer& to, const actor_of& who);

/// Expects that the target connects to the server `who`.
void expect_connection(scenario_writer& to, const actor_of& who);

/// Expects on the connection of `who` what was seen there, in order: heads with their fields,
/// content, frames, events, ends. Left out is what differs from one run to the next, and how
/// content was cut into chunks, since that carries no meaning (RFC 9112 §7.1).
void expect_same(scenario_writer& to,
                 const actor_of& who,
                 const std::vector<const trace::event*>& seen,
                 taking how,
                 const own_words& words);

/// The same step, where it expects a head, with fewer fields: all of them left out, half of them,
/// or one. The first asks for least.
std::vector<value> with_fewer_fields(const value& step);

/// What two rehearsals of one scene agree on. Of a field with two values it is expected that it is
/// there, of content with other numbers any numbers; behind anything else that differs nothing is
/// expected on that connection. Returns: nothing where they are too different.
std::optional<scenario_writer> agreed(const scenario_writer& one, const scenario_writer& other);

/// Expects that nothing more comes.
void expect_no_more(scenario_writer& to, const actor_of& who);

}  // namespace halley::fuzz
