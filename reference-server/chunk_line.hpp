#pragma once

#include "base/bytes.hpp"
#include "reference-server/options.hpp"

#include <cstdint>
#include <optional>

namespace halley::gateway {

/// The chunk size of a chunk line (without its line end); extensions are read over.
/// Returns: nothing where the line breaks RFC 9112 §7.1, or its size is over 64 bits.
std::optional<std::uint64_t> parse_chunk_line(octet_view line, const options& how);

}  // namespace halley::gateway
