#pragma once

#include <cstddef>
#include <string>

namespace halley {

/// Cuts `text` to at most `limit` octets, between code points, with "…" behind what was cut.
void cut_text(std::string& text, std::size_t limit);

}  // namespace halley
