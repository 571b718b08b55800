#pragma once

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace halley::inspect {

/// What is still known of one direction's octets: the last ones, and in which packets they came.
/// Limits: `kept_octets`, `kept_packets`.
class stream_memory {
public:
  /// More than a message head, so that the octets of a fault in one can be shown.
  static constexpr std::size_t kept_octets = std::size_t{128} * 1024;
  static constexpr std::size_t kept_packets = 8192;

  void append(octet_view data, const capture::moment& at);
  /// Octets that nobody has: what came before them is forgotten.
  void skip(std::uint64_t length, const capture::moment& at);

  /// Stream offset behind the last octet.
  std::uint64_t end() const { return end_; }
  /// When the octet at `off` was seen; the last packet for what lies behind the end.
  /// Returns: nothing where that is not known any more.
  std::optional<capture::moment> moment_of(std::uint64_t off) const;
  /// At most `count` octets from `off` on; fewer, or none, where they are not known.
  octet_view octets_at(std::uint64_t off, std::uint64_t count) const;

private:
  struct packet {
    std::uint64_t end = 0;
    capture::moment at;
  };

  octets recent_;  // ends at end_
  std::uint64_t end_ = 0;
  std::uint64_t forgotten_ = 0;  // offset up to which packets are not known
  std::deque<packet> packets_;
};

}  // namespace halley::inspect
