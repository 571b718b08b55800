#pragma once

#include "base/bytes.hpp"
#include "capture/mapped_input.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace halley::capture {

/// One packet of a capture. `data` and `comment` stay valid as long as their capture_file.
struct packet_view {
  std::uint64_t number = 0;     ///< from 1, as other tools count frames
  std::uint32_t interface = 0;  ///< over all sections of the file
  std::uint16_t link = 0;       ///< its LINKTYPE_ number
  std::uint32_t wire_length = 0;
  std::chrono::nanoseconds t{0};  ///< since the epoch; 0 where no packet so far had a time
  octet_view data;                ///< less than `wire_length` where the capture cut it
  octet_view comment;             ///< the first one
  std::optional<bool> outbound;   ///< nothing where the capture does not say
};

struct capture_interface {
  /// How ticks of its clock become nanoseconds.
  enum class clock : std::uint8_t { microseconds, nanoseconds, power_of_10, power_of_2 };

  std::string name;  ///< cut after 256 octets
  std::uint16_t link = 0;
  std::uint32_t snap_length = 0;  ///< 0 = none
  clock ticks = clock::microseconds;
  std::uint8_t tick_exponent = 6;
  std::int64_t time_offset = 0;        ///< seconds
  std::optional<std::uint64_t> drops;  ///< packets that were not captured, where the file says
};

/// Why a file cannot be read, or not on.
struct capture_problem {
  std::string file;
  std::uint64_t offset = 0;  ///< of the first octet of what is broken
  std::string text;
  std::string hint;  ///< what the user can do; may be empty
};

/// "FILE:OFFSET: TEXT (HINT)".
std::string to_string(const capture_problem& problem);

/// Reads pcap (microseconds, nanoseconds) and pcapng, both in either byte order, packet by packet,
/// without copying. A pipe is kept in a temporary file, so that it can be read twice.
/// Limits: a packet of 16 MiB, a block of 1 GiB, 65,536 interfaces.
/// Source: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
class capture_file {
public:
  static constexpr std::uint64_t packet_octets = std::uint64_t{16} << 20U;
  static constexpr std::uint64_t block_octets = std::uint64_t{1} << 30U;
  static constexpr std::size_t most_interfaces = 65536;

  enum class format : std::uint8_t { pcap, pcapng };

  /// "-" is the standard input. With `wait` a file that is still being written is followed: `next`
  /// waits for the rest of what is cut short. Returns: false where there is a problem.
  bool open(const std::filesystem::path& file, more_awaited wait = {});
  /// Reads the octets of a file that is in memory; `name` stands in problems. Lifetime: `data` must
  /// outlive this.
  bool open(octet_view data, const std::string& name);

  /// Returns: false where the packets end: at the file's end, in its cut tail, or at a problem.
  bool next(packet_view& out);
  /// Back to the first packet. After a problem it comes again at the same place.
  void rewind();

  const std::optional<capture_problem>& problem() const { return problem_; }
  /// The last record or block is cut short: what came before it was given.
  bool truncated() const { return truncated_; }

  format kind() const { return format_; }
  const std::vector<capture_interface>& interfaces() const { return interfaces_; }
  const std::string& application() const { return application_; }
  /// Comments of the sections; cut after 64 KiB.
  const std::string& comment() const { return comment_; }
  /// Octets read so far; of a file read to its end, its size.
  std::uint64_t position() const { return at_; }
  /// Octets known: a file's size.
  std::uint64_t size() const { return size_; }

private:
  struct block;

  bool begin();
  bool begin_pcap(std::uint32_t magic);
  bool reach(std::uint64_t size);
  bool fail(std::string text, std::string hint = {});
  bool end();

  bool next_record(packet_view& out);
  bool next_block(packet_view& out);
  bool read_block_head(block& one);
  bool read_section(const block& one);
  bool read_interface(const block& one);
  void read_statistics(const block& one);
  bool read_packet(const block& one, packet_view& out);
  bool read_enhanced_packet(const block& one, packet_view& out);
  bool read_simple_packet(const block& one, packet_view& out);
  bool read_obsolete_packet(const block& one, packet_view& out);
  bool fill(const block& one, std::size_t data_at, packet_view& out);
  void read_packet_options(octet_view options, packet_view& out) const;

  mapped_input input_;
  std::string name_;
  octet_view data_;  ///< what of the file is known
  std::uint64_t at_ = 0;
  std::uint64_t size_ = 0;
  bool mapped_ = false;
  bool swap_ = false;
  bool nanoseconds_ = false;  ///< of pcap
  bool truncated_ = false;
  format format_ = format::pcap;
  std::uint64_t packets_ = 0;
  std::chrono::nanoseconds last_time_{0};
  std::size_t first_interface_ = 0;  ///< of this section
  std::vector<capture_interface> interfaces_;
  std::string application_;
  std::string comment_;
  std::optional<capture_problem> problem_;
};

}  // namespace halley::capture
