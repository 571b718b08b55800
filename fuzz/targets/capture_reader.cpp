// Property: any octets that are handed over as a capture are read to an end, each octet at most
// once by each layer, and what is given lies inside of them.
#include "base/bytes.hpp"
#include "capture/assembler.hpp"
#include "capture/capture_file.hpp"
#include "capture/packet_time.hpp"
#include "inspect/fast_pass.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <vector>

namespace {

using namespace halley;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Whether `part` lies inside of `whole`.
bool lies_in(octet_view part, octet_view whole) {
  const std::less_equal<const char*> before;
  return part.empty() || (before(whole.data(), part.data()) &&
                          before(part.data() + part.size(), whole.data() + whole.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A heap buffer of exactly the input's size: a sanitizer sees an over-read by one octet.
  const std::vector<char> exact(data, data + size);
  const octet_view whole(exact.data(), exact.size());

  capture::capture_file file;
  file.open(whole, "input");
  std::uint64_t packets = 0;
  std::uint64_t octets = 0;
  capture::packet_view packet;
  while (file.next(packet)) {
    require(lies_in(packet.data, whole) && lies_in(packet.comment, whole));
    require(packet.number == ++packets && packet.interface < file.interfaces().size());
    require(packet.t.count() >= 0 &&
            static_cast<std::uint64_t>(packet.t.count()) <= capture::latest_time);
    octets += packet.data.size();
  }
  require(octets <= size && file.position() <= size);
  require(!(file.problem() && file.truncated()));

  file.rewind();
  std::uint64_t flows = 0;
  std::uint64_t given = 0;
  const auto counts = inspect::scan_flows(file, [&](const inspect::scanned_flow& one) {
    ++flows;
    given += one.tcp.octets;
  });
  require(counts.packets == packets && counts.flows == flows);
  require(given == counts.tcp.octets && given <= octets);
  return 0;
}
