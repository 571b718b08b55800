#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace halley::wire {

/// `text` as a head: every LF becomes CRLF (one that already stands behind CR is kept), missing
/// line ends at the end are completed to the empty line. Nothing else is touched or validated: a
/// tester must be able to send nonsense.
octets encode_head(octet_view text);

/// How to write one chunk. Source: RFC 9112 §7.1.
struct chunk_form {
  bool upper_hex = false;
  octets extension = {};                 ///< verbatim behind the size, for example ";a=b"
  std::optional<octets> size_says = {};  ///< verbatim instead of the true size
};

octets encode_chunk(octet_view data, const chunk_form& form = {});
/// The last chunk, trailer field lines (name, value), and the empty line.
octets encode_last_chunk(const std::vector<std::pair<octets, octets>>& trailers = {});

}  // namespace halley::wire
