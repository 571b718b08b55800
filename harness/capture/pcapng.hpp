#pragma once

#include "base/bytes.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace halley::capture {

/// Writes pcapng: one section, one interface description per instance, enhanced packets with
/// nanoseconds, direction flag and comments. Flushed on demand; valid up to the last whole block at
/// any time. Source: draft-ietf-opsawg-pcapng.
class pcapng_writer {
public:
  pcapng_writer();
  ~pcapng_writer();
  pcapng_writer(const pcapng_writer&) = delete;
  pcapng_writer& operator=(const pcapng_writer&) = delete;

  /// Returns: a message on failure, else empty.
  std::string open(const std::filesystem::path& file,
                   const std::string& application,
                   const std::string& comment);
  /// Returns: the interface's number.
  std::uint32_t add_interface(const std::string& name);
  /// `frame` is a whole Ethernet frame. `outbound`: sent by Halley. Returns: the frame number in
  /// the file, from 1.
  std::uint64_t add_packet(std::uint32_t interface,
                           std::chrono::nanoseconds since_epoch,
                           octet_view frame,
                           bool outbound,
                           const std::string& comment = {});
  void flush();
  std::uint64_t packets() const { return packets_; }

private:
  void write_block(std::uint32_t type, const octets& body);

  int descriptor_ = -1;
  octets pending_;
  std::uint32_t interfaces_ = 0;
  std::uint64_t packets_ = 0;
};

}  // namespace halley::capture
