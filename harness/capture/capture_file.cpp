#include "capture/capture_file.hpp"

#include "base/bytes.hpp"
#include "capture/mapped_input.hpp"
#include "capture/number_order.hpp"
#include "capture/packet_time.hpp"
#include "capture/pcapng_format.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace halley::capture {
namespace {

namespace format_of = pcapng_format;

constexpr std::uint32_t pcap_microseconds = 0xA1B2C3D4;
constexpr std::uint32_t pcap_nanoseconds = 0xA1B23C4D;
constexpr std::size_t pcap_header_octets = 24;
constexpr std::size_t record_header_octets = 16;
constexpr std::size_t block_frame_octets = 12;  // type, length, and the length again
constexpr std::uint64_t nano = 1'000'000'000;

constexpr std::size_t name_octets = 256;
constexpr std::size_t comment_octets = std::size_t{64} * 1024;

/// What else people hand over, and what to do about it.
struct known_start {
  octet_view magic;
  std::string_view text;
  std::string_view hint;
};

constexpr std::array known_starts = {
    known_start{"\x1F\x8B", "compressed by gzip",
                "uncompress it: gzip -dc FILE | halley inspect -"},
    known_start{"\x28\xB5\x2F\xFD", "compressed by zstd",
                "uncompress it: zstd -dc FILE | halley inspect -"},
    known_start{"\xFD"
                "7zXZ",
                "compressed by xz", "uncompress it: xz -dc FILE | halley inspect -"},
    known_start{"snoop", "a capture in the snoop format", "convert it: editcap FILE NEW.pcapng"},
};

std::chrono::nanoseconds binary_time(std::uint64_t ticks, unsigned exponent) {
  if (exponent == 0) return packet_time(ticks, 0);
  if (exponent > 63) return std::chrono::nanoseconds(0);
  std::uint64_t part = ticks & ((std::uint64_t{1} << exponent) - 1);
  const std::uint64_t seconds = ticks >> exponent;
  // 32 bits behind the point are a quarter of a nanosecond, and times 10^9 fit into 64.
  const unsigned kept = std::min(exponent, 32U);
  part >>= exponent - kept;
  return packet_time(seconds, part * nano >> kept);
}

std::chrono::nanoseconds decimal_time(std::uint64_t ticks, unsigned exponent) {
  std::uint64_t unit = 1;
  const unsigned zeros = exponent < 9 ? 9 - exponent : exponent - 9;
  if (zeros > 19) return std::chrono::nanoseconds(0);
  for (unsigned i = 0; i < zeros; ++i)
    unit *= 10;
  return packet_time(0, exponent < 9 ? nanoseconds_of(ticks, unit) : ticks / unit);
}

std::chrono::nanoseconds time_of(std::uint64_t ticks, const capture_interface& from) {
  std::chrono::nanoseconds result{0};
  switch (from.ticks) {
    case capture_interface::clock::microseconds:
      result = packet_time(0, nanoseconds_of(ticks, 1000));
      break;
    case capture_interface::clock::nanoseconds:
      result = packet_time(0, ticks);
      break;
    case capture_interface::clock::power_of_10:
      result = decimal_time(ticks, from.tick_exponent);
      break;
    case capture_interface::clock::power_of_2:
      result = binary_time(ticks, from.tick_exponent);
      break;
  }
  return from.time_offset == 0 ? result : moved_time(result, from.time_offset);
}

void set_resolution(capture_interface& to, std::uint8_t given) {
  constexpr std::uint8_t binary = 0x80;
  to.tick_exponent = given & 0x7FU;
  if ((given & binary) != 0)
    to.ticks = capture_interface::clock::power_of_2;
  else if (to.tick_exponent == 6)
    to.ticks = capture_interface::clock::microseconds;
  else if (to.tick_exponent == 9)
    to.ticks = capture_interface::clock::nanoseconds;
  else
    to.ticks = capture_interface::clock::power_of_10;
}

std::size_t padded(std::size_t size) {
  return (size + 3) / 4 * 4;
}

/// Calls `take(code, value)` for each whole option.
template <typename Take>
void each_option(octet_view options, bool swap, Take take) {
  while (options.size() >= 4) {
    const auto code = load<std::uint16_t>(options, swap);
    const auto size = load<std::uint16_t>(options.data() + 2, swap);
    options.remove_prefix(4);
    if (code == format_of::option_end || size > options.size()) return;
    take(code, options.substr(0, size));
    options.remove_prefix(std::min(padded(size), options.size()));
  }
}

}  // namespace

/// A pcapng block: `body` without the frame of type and lengths.
struct capture_file::block {
  std::uint32_t type = 0;
  octet_view body;
};

std::string to_string(const capture_problem& problem) {
  std::string text = problem.file + ":" + std::to_string(problem.offset) + ": " + problem.text;
  if (!problem.hint.empty()) text += " (" + problem.hint + ")";
  return text;
}

bool capture_file::open(const std::filesystem::path& file, more_awaited wait) {
  name_ = file == "-" ? "standard input" : file.string();
  std::string failure = input_.open(file, std::move(wait));
  if (!failure.empty()) return fail(std::move(failure));
  mapped_ = true;
  data_ = input_.known();
  size_ = data_.size();
  return begin();
}

bool capture_file::open(octet_view data, const std::string& name) {
  name_ = name;
  data_ = data;
  size_ = data.size();
  return begin();
}

void capture_file::rewind() {
  at_ = 0;
  truncated_ = false;
  packets_ = 0;
  last_time_ = {};
  interfaces_.clear();
  application_.clear();
  comment_.clear();
  problem_.reset();
  begin();
}

bool capture_file::begin() {
  if (!reach(4)) {
    if (problem_) return false;
    return fail(size_ == 0 ? "empty file" : "too short for a capture");
  }
  const auto magic = load<std::uint32_t>(data_, false);
  if (magic == format_of::section_header) {
    format_ = format::pcapng;
    return true;
  }
  for (const std::uint32_t one : {magic, swapped(magic)})
    if (one == pcap_microseconds || one == pcap_nanoseconds) return begin_pcap(magic);
  for (const known_start& one : known_starts)
    if (data_.starts_with(one.magic))
      return fail("no capture, but " + std::string(one.text), std::string(one.hint));
  return fail("neither pcap nor pcapng", "editcap converts other formats: editcap FILE NEW.pcapng");
}

bool capture_file::begin_pcap(std::uint32_t magic) {
  format_ = format::pcap;
  swap_ = magic != pcap_microseconds && magic != pcap_nanoseconds;
  nanoseconds_ = (swap_ ? swapped(magic) : magic) == pcap_nanoseconds;
  if (!reach(pcap_header_octets)) return problem_ ? false : fail("the file header is cut short");
  const char* const header = data_.data();
  if (const auto version = load<std::uint16_t>(header + 4, swap_); version != 2)
    return fail("unknown version " + std::to_string(version) + " of pcap");
  capture_interface only;
  only.snap_length = load<std::uint32_t>(header + 16, swap_);
  // The upper half says how long a frame check sequence is; the IP length cuts that off.
  only.link = static_cast<std::uint16_t>(load<std::uint32_t>(header + 20, swap_) & 0xFFFFU);
  interfaces_.push_back(std::move(only));
  at_ = pcap_header_octets;
  return true;
}

bool capture_file::reach(std::uint64_t size) {
  if (size <= size_) return true;
  if (!mapped_) return false;
  const bool there = input_.reach(size);
  data_ = input_.known();
  size_ = data_.size();
  if (!there && !input_.failure().empty() && !problem_) fail(input_.failure());
  return there;
}

bool capture_file::fail(std::string text, std::string hint) {
  problem_ = capture_problem{
      .file = name_, .offset = at_, .text = std::move(text), .hint = std::move(hint)};
  return false;
}

/// Octets are missing at the end, or there are none.
bool capture_file::end() {
  truncated_ = at_ < size_ && !problem_;
  return false;
}

bool capture_file::next(packet_view& out) {
  if (problem_ || truncated_) return false;
  return format_ == format::pcap ? next_record(out) : next_block(out);
}

bool capture_file::next_record(packet_view& out) {
  if (!reach(at_ + record_header_octets)) return end();
  const char* const header = data_.data() + at_;
  const auto size = load<std::uint32_t>(header + 8, swap_);
  if (size > packet_octets) return fail("impossible packet length " + std::to_string(size));
  if (!reach(at_ + record_header_octets + size)) return end();
  const std::uint64_t part = load<std::uint32_t>(header + 4, swap_);
  out.number = ++packets_;
  out.interface = 0;
  out.link = interfaces_.front().link;
  out.wire_length = std::max(load<std::uint32_t>(header + 12, swap_), size);
  out.t = packet_time(load<std::uint32_t>(header, swap_), nanoseconds_ ? part : part * 1000);
  out.data = data_.substr(static_cast<std::size_t>(at_) + record_header_octets, size);
  out.comment = {};
  out.outbound.reset();
  at_ += record_header_octets + size;
  return true;
}

bool capture_file::next_block(packet_view& out) {
  for (;;) {
    block one;
    if (!read_block_head(one)) return false;
    const std::uint64_t here = at_;
    bool is_packet = false;
    switch (one.type) {
      case format_of::section_header:
        if (!read_section(one)) return false;
        break;
      case format_of::interface_description:
        if (!read_interface(one)) return false;
        break;
      case format_of::interface_statistics:
        read_statistics(one);
        break;
      case format_of::enhanced_packet:
      case format_of::simple_packet:
      case format_of::obsolete_packet:
        is_packet = true;
        if (!read_packet(one, out)) return false;
        break;
      default:
        break;
    }
    at_ = here + one.body.size() + block_frame_octets;
    if (is_packet) return true;
  }
}

/// A block whose length fits into the file and stands at both its ends.
bool capture_file::read_block_head(block& one) {
  if (!reach(at_ + block_frame_octets)) return end();
  const char* const head = data_.data() + at_;
  one.type = load<std::uint32_t>(head);
  // The section header's type reads the same in both orders; its magic tells which one it is.
  if (one.type == format_of::section_header) {
    const auto magic = load<std::uint32_t>(head + 8);
    swap_ = magic != format_of::byte_order_magic;
    if (swap_ && swapped(magic) != format_of::byte_order_magic) return fail("unknown byte order");
  } else if (swap_) {
    one.type = swapped(one.type);
  }
  const auto size = load<std::uint32_t>(head + 4, swap_);
  if (size < block_frame_octets || size % 4 != 0 || size > block_octets)
    return fail("impossible block length " + std::to_string(size));
  if (!reach(at_ + size)) return end();
  const auto again = load<std::uint32_t>(data_.data() + at_ + size - 4, swap_);
  if (again != size) return fail("the two lengths of a block differ");
  one.body = data_.substr(static_cast<std::size_t>(at_) + 8, size - block_frame_octets);
  return true;
}

bool capture_file::read_section(const block& one) {
  constexpr std::size_t fixed_octets = 16;
  if (one.body.size() < fixed_octets) return fail("broken section header");
  const auto version = load<std::uint16_t>(one.body.data() + 4, swap_);
  if (version != format_of::major_version)
    return fail("unknown version " + std::to_string(version) + " of pcapng");
  first_interface_ = interfaces_.size();
  each_option(one.body.substr(fixed_octets), swap_, [&](std::uint16_t code, octet_view value) {
    if (code == format_of::option_application) application_ = value.substr(0, name_octets);
    if (code != format_of::option_comment || comment_.size() >= comment_octets) return;
    if (!comment_.empty()) comment_ += '\n';
    comment_ += value.substr(0, comment_octets - std::min(comment_octets, comment_.size()));
  });
  return true;
}

bool capture_file::read_interface(const block& one) {
  constexpr std::size_t fixed_octets = 8;
  if (one.body.size() < fixed_octets) return fail("broken interface description");
  if (interfaces_.size() == most_interfaces) return fail("too many interfaces");
  capture_interface made;
  made.link = load<std::uint16_t>(one.body, swap_);
  made.snap_length = load<std::uint32_t>(one.body.data() + 4, swap_);
  each_option(one.body.substr(fixed_octets), swap_, [&](std::uint16_t code, octet_view value) {
    if (code == format_of::option_interface_name) made.name = value.substr(0, name_octets);
    if (code == format_of::option_time_resolution && !value.empty())
      set_resolution(made, octet_at(value, 0));
    if (code == format_of::option_time_offset && value.size() == 8)
      made.time_offset = static_cast<std::int64_t>(load<std::uint64_t>(value, swap_));
  });
  interfaces_.push_back(std::move(made));
  return true;
}

// Counts are those since the capture began, so the last one holds.
void capture_file::read_statistics(const block& one) {
  constexpr std::size_t fixed_octets = 12;
  if (one.body.size() < fixed_octets) return;
  const auto interface = load<std::uint32_t>(one.body, swap_);
  if (interface >= interfaces_.size() - first_interface_) return;
  std::optional<std::uint64_t> drops;
  each_option(one.body.substr(fixed_octets), swap_, [&](std::uint16_t code, octet_view value) {
    if (value.size() != 8) return;
    if (code == format_of::option_interface_drops || code == format_of::option_system_drops)
      drops = drops.value_or(0) + load<std::uint64_t>(value, swap_);
  });
  if (drops) interfaces_[first_interface_ + interface].drops = drops;
}

bool capture_file::read_packet(const block& one, packet_view& out) {
  out.comment = {};
  out.outbound.reset();
  bool read = false;
  if (one.type == format_of::enhanced_packet)
    read = read_enhanced_packet(one, out);
  else if (one.type == format_of::simple_packet)
    read = read_simple_packet(one, out);
  else
    read = read_obsolete_packet(one, out);
  if (!read) return problem_ ? false : fail("broken packet");
  out.number = ++packets_;
  return true;
}

bool capture_file::read_enhanced_packet(const block& one, packet_view& out) {
  constexpr std::size_t fixed_octets = 20;
  if (one.body.size() < fixed_octets) return false;
  out.interface = load<std::uint32_t>(one.body, swap_);
  return fill(one, fixed_octets, out);
}

bool capture_file::read_obsolete_packet(const block& one, packet_view& out) {
  constexpr std::size_t fixed_octets = 20;
  if (one.body.size() < fixed_octets) return false;
  out.interface = load<std::uint16_t>(one.body, swap_);
  return fill(one, fixed_octets, out);
}

/// What the two kinds of packets with a time share: everything behind the interface.
bool capture_file::fill(const block& one, std::size_t data_at, packet_view& out) {
  if (out.interface >= interfaces_.size() - first_interface_) return fail("packet of no interface");
  const char* const head = one.body.data();
  const auto size = load<std::uint32_t>(head + 12, swap_);
  if (size > packet_octets || size > one.body.size() - data_at) return false;
  out.interface += static_cast<std::uint32_t>(first_interface_);
  const capture_interface& from = interfaces_[out.interface];
  out.link = from.link;
  out.wire_length = std::max(load<std::uint32_t>(head + 16, swap_), size);
  const std::uint64_t high = load<std::uint32_t>(head + 4, swap_);
  out.t = last_time_ = time_of(high << 32U | load<std::uint32_t>(head + 8, swap_), from);
  out.data = one.body.substr(data_at, size);
  const std::size_t options_at = data_at + padded(size);
  if (one.body.size() > options_at) read_packet_options(one.body.substr(options_at), out);
  return true;
}

/// It has no time of its own, and is always of the section's first interface.
bool capture_file::read_simple_packet(const block& one, packet_view& out) {
  constexpr std::size_t fixed_octets = 4;
  if (one.body.size() < fixed_octets) return false;
  if (interfaces_.size() == first_interface_) return fail("packet of no interface");
  const capture_interface& from = interfaces_[first_interface_];
  const auto wire_length = load<std::uint32_t>(one.body, swap_);
  const std::size_t size =
      from.snap_length == 0 ? wire_length : std::min(wire_length, from.snap_length);
  if (size > packet_octets || size > one.body.size() - fixed_octets) return false;
  out.interface = static_cast<std::uint32_t>(first_interface_);
  out.link = from.link;
  out.wire_length = wire_length;
  out.t = last_time_;
  out.data = one.body.substr(fixed_octets, size);
  return true;
}

void capture_file::read_packet_options(octet_view options, packet_view& out) const {
  each_option(options, swap_, [&](std::uint16_t code, octet_view value) {
    if (code == format_of::option_comment && out.comment.empty()) out.comment = value;
    if (code != format_of::option_packet_flags || value.size() != 4) return;
    const auto direction = load<std::uint32_t>(value, swap_) & format_of::direction_flags;
    if (direction == format_of::flag_outbound) out.outbound = true;
    if (direction == format_of::flag_inbound) out.outbound = false;
  });
}

}  // namespace halley::capture
