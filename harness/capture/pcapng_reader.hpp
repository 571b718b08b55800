#pragma once

#include "base/bytes.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace halley::capture {

/// One captured packet; `interface` counts over all sections of the file.
struct captured_packet {
  std::uint32_t interface = 0;
  std::chrono::nanoseconds since_epoch{0};
  octets frame;
  std::optional<bool> outbound;  ///< nothing where the capture does not say
  std::string comment;           ///< several are joined by line ends
};

/// What a capture file holds. Blocks of types that we do not know are passed over.
struct capture_content {
  std::string application;
  std::string comment;
  std::vector<std::string> interfaces;  ///< their names
  std::vector<captured_packet> packets;
  bool truncated = false;  ///< the last block is cut short: what came before it is all here
  std::string problem;     ///< not empty where the file is no pcapng, or broken: file:offset: text
};

/// Reads a pcapng file of either byte order, whole, into memory. Link types other than Ethernet and
/// time units that are no power of ten are a problem.
capture_content read_pcapng(const std::filesystem::path& file);

/// The same for the octets of a file; `name` stands in `problem`.
capture_content read_pcapng(octet_view data, const std::string& name);

}  // namespace halley::capture
