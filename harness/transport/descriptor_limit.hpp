#pragma once

#include <cstddef>

namespace halley::transport {

/// Sees to it that this process may have `wanted` descriptors open, as far as the system lets it.
/// Programs that it starts have the same limit.
/// Returns: how many it may have now.
std::size_t want_descriptors(std::size_t wanted);

}  // namespace halley::transport
