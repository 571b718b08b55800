#pragma once

#include "base/bytes.hpp"
#include "trace/output_file.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace halley::capture {

/// Writes pcapng: one section, one interface description per instance, enhanced packets with
/// nanoseconds, direction flag and comments. Flushed on demand; valid up to the last whole block at
/// any time. Comments are cut after `comment_octets`. Source: draft-ietf-opsawg-pcapng.
class pcapng_writer {
public:
  static constexpr std::size_t comment_octets = 4096;

  pcapng_writer() = default;
  /// Flushes.
  ~pcapng_writer();
  pcapng_writer(const pcapng_writer&) = delete;
  pcapng_writer& operator=(const pcapng_writer&) = delete;

  /// Creates `file` anew: a capture is derived from the event log, and may be derived again.
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
  /// A failed write is kept in `failure()`; later blocks are counted and dropped.
  void flush();
  const std::string& failure() const { return failure_; }
  std::uint64_t packets() const { return packets_; }

private:
  void write_block(std::uint32_t type, const octets& body);

  trace::output_file file_;
  std::string failure_;
  octets pending_;
  std::uint32_t interfaces_ = 0;
  std::uint64_t packets_ = 0;
};

}  // namespace halley::capture
