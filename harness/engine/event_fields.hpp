#pragma once

#include "base/bytes.hpp"
#include "trace/event.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace halley::engine {

/// The name under which scenarios know an event: "ws.frame", "http.response", "tcp.fin" …
std::string scenario_name(const trace::event& one);

/// A field of an event by the name that scenarios use, as text: "status", "payload", "opcode",
/// "code", "id" … Returns: nothing where the event has no such field.
std::optional<octets> field_of(const trace::event& one, std::string_view field);

/// A header or trailer field's combined value; `name` in any case.
std::optional<octets> header_of(const trace::event& one, std::string_view name);

/// One line about an event for people, printable: "ws.frame fin pong 125 octets".
std::string describe(const trace::event& one);

}  // namespace halley::engine
