#include "base/cut_text.hpp"

#include <cstddef>
#include <string>

namespace halley {

void cut_text(std::string& text, std::size_t limit) {
  if (text.size() <= limit) return;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U)
    --limit;
  text.resize(limit);
  text += "…";
}

}  // namespace halley
