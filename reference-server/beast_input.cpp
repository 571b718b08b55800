#include "reference-server/beast_input.hpp"

#include "base/bytes.hpp"
#include "reference-server/frame_cursor.hpp"
#include "reference-server/frame_faults.hpp"

#include <algorithm>

namespace halley::gateway {

void make_ready_for_beast(octet_view input, frame_cursor& at, frame_faults* faults, octets& ready) {
  octets altered;
  if (faults != nullptr && faults->inward()) {
    altered = faults->received(input);
    input = altered;
  }
  while (!input.empty()) {
    octet_view payload;
    auto header = at.take(input, payload);
    ready += payload;
    if (!header) continue;
    // Not in its shortest form: Beast fails that with the 1002 that is due here too.
    if (header->length >> 63U != 0)
      std::fill(header->octets_of.begin() + 2, header->octets_of.begin() + 10, '\0');
    ready += header->octets_of;
  }
}

}  // namespace halley::gateway
