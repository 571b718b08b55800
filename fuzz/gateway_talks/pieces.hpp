#pragma once

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"

namespace halley::fuzz {

/// A piece of what clients say to the gateway, mostly right: a request of any of its services, an
/// upgrade, a frame with its mask, a part of a chunked body, CONNECT, a request for the origin.
/// What is wrong with it, if anything, was drawn as well.
octets client_piece(choices& from);

/// A piece of what an origin answers: a response, a part of its body, a frame.
octets origin_piece(choices& from);

}  // namespace halley::fuzz
