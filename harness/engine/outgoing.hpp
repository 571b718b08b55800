#pragma once

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "scenario/value.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace halley::engine {

/// What a send step puts on the wire.
struct outgoing {
  octets data;
  std::vector<std::size_t>
      cuts;  ///< offsets where structure ends: between CR and LF, behind a frame header …
};

/// Encodes one send form ("http.head", "ws.frame", …) from its resolved content. Validates nothing
/// that goes on the wire. `as_client` decides whether frames are masked unless the step says so.
/// Masking keys come from `random`. Errors: throws bad_expression.
outgoing encode_send(const std::string& form,
                     const scenario::value& what,
                     bool as_client,
                     random_source& random);

}  // namespace halley::engine
