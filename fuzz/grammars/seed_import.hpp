#pragma once

#include "base/bytes.hpp"
#include "fuzz/grammars/corpus_file.hpp"
#include "fuzz/live/exchange.hpp"

#include <cstddef>
#include <filesystem>

namespace halley::fuzz {

/// What a recorded request says of the place that it was sent to: authority and path of its first
/// head, and the contract that such a request is usually for ("ws.echo", "http.sse-stream",
/// "proxy.connect", …). Octets that are no request were sent to "http.root".
place place_in(octet_view written);

struct import_limits {
  std::size_t log_octets = std::size_t{64} << 20U;  ///< of an event log, which is held in memory
  corpus_limits corpus;
};

/// The octets of each client of a capture (pcap, pcapng) become one exchange: it waits where the
/// server had spoken before the client went on, and ends as the client did. What is larger than an
/// exchange may be is cut, what was seen before is left out.
/// Limits: those of capture::assembler; a connection's octets as most_octets, those of all that
/// live at a time as a corpus may have.
corpus_reading import_capture(const std::filesystem::path& file, const import_limits& limits = {});

/// The same of the events of a run, events.jsonl. A connection to an endpoint has that contract.
corpus_reading import_events(const std::filesystem::path& file, const import_limits& limits = {});

}  // namespace halley::fuzz
