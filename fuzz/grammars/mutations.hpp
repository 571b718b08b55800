#pragma once

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"

namespace halley::fuzz {

/// Changes octets of `data`, at places that are drawn.
/// `other`: what may be spliced in.
void mutate(choices& from, octets& data, octet_view other);

}  // namespace halley::fuzz
