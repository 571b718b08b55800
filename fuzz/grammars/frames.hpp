#pragma once

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "wire/websocket_frame.hpp"

#include <cstdint>

namespace halley::fuzz {

/// A frame of a client: masked, whole, without reserved bits.
wire::websocket_frame client_frame(wire::opcode code, octets payload);

/// Appends a frame as it is, with a masking key that is drawn.
void append_frame(choices& from, octets& to, wire::websocket_frame frame);
void append_frame(choices& from, octets& to, wire::opcode code, octets payload);
/// The same with a first octet of any bits.
void append_fragment(choices& from, octets& to, wire::opcode code, bool fin, octets payload);

void append_close(choices& from, octets& to, std::uint16_t code, octet_view reason = {});

/// The deflated form of `message`, which does not depend on any message before it.
octets deflated(octet_view message);

}  // namespace halley::fuzz
