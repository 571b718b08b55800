#include "capture/pcapng_reader.hpp"

#include "base/bytes.hpp"
#include "capture/packet_time.hpp"
#include "capture/pcapng_format.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::capture {
namespace {

namespace format = pcapng_format;

/// Numbers in the byte order of a section. Taking more than there is gives zeros and sets `failed`.
class field_cursor {
public:
  field_cursor(octet_view data, bool big_endian) : rest_(data), big_endian_(big_endian) {}

  std::uint16_t take16() { return static_cast<std::uint16_t>(take_number(2)); }
  std::uint32_t take32() { return static_cast<std::uint32_t>(take_number(4)); }
  octet_view take(std::size_t size) {
    if (size > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const octet_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  /// Takes `size` octets and the padding to four.
  octet_view take_padded(std::size_t size) {
    const octet_view taken = take(size);
    take((4 - size % 4) % 4);
    return taken;
  }
  /// A cursor over `data` in the same byte order.
  field_cursor same_order(octet_view data) const { return {data, big_endian_}; }
  bool empty() const { return rest_.empty(); }
  bool failed() const { return failed_; }

private:
  std::uint64_t take_number(std::size_t size) {
    const octet_view taken = take(size);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < taken.size(); ++i)
      number = number << 8U | octet_at(taken, big_endian_ ? i : taken.size() - 1 - i);
    return number;
  }

  octet_view rest_;
  bool big_endian_;
  bool failed_ = false;
};

struct option {
  std::uint16_t code = 0;
  octet_view value;
};

std::vector<option> take_options(field_cursor& from) {
  std::vector<option> options;
  while (!from.empty()) {
    const std::uint16_t code = from.take16();
    const std::uint16_t size = from.take16();
    const octet_view value = from.take_padded(size);
    if (from.failed() || code == format::option_end) break;
    options.push_back({code, value});
  }
  return options;
}

void add_line(std::string& to, octet_view text) {
  if (!to.empty()) to += '\n';
  to += text;
}

/// Nanoseconds are multiples or fractions of any unit that is a power of ten.
struct time_unit {
  std::uint64_t multiply = 1000;  // microseconds, unless the interface says otherwise
  std::uint64_t divide = 1;
};

std::optional<time_unit> unit_of(std::uint8_t resolution) {
  constexpr unsigned nano = 9;
  constexpr unsigned finest = 18;
  if (resolution > finest) return std::nullopt;  // the highest bit: a power of two
  time_unit unit{.multiply = 1, .divide = 1};
  for (unsigned i = resolution; i < nano; ++i)
    unit.multiply *= 10;
  for (unsigned i = nano; i < resolution; ++i)
    unit.divide *= 10;
  return unit;
}

class section_reader {
public:
  explicit section_reader(capture_content& out) : out_(out) {}

  /// Takes one whole block. Returns: a message where it is broken, else empty.
  std::string take(std::uint32_t type, octet_view body, bool big_endian) {
    field_cursor fields(body, big_endian);
    if (type == format::section_header) return section_header(fields);
    if (type == format::interface_description) return interface_description(fields);
    if (type == format::enhanced_packet) return enhanced_packet(fields);
    return {};
  }

private:
  std::string section_header(field_cursor& fields) {
    fields.take32();  // the magic, which told the byte order
    if (fields.take16() != format::major_version) return "unknown version of pcapng";
    fields.take16();
    fields.take(8);
    first_interface_ = static_cast<std::uint32_t>(out_.interfaces.size());
    for (const auto& one : take_options(fields)) {
      if (one.code == format::option_application) out_.application = one.value;
      if (one.code == format::option_comment) add_line(out_.comment, one.value);
    }
    return fields.failed() ? "broken section header" : "";
  }

  std::string interface_description(field_cursor& fields) {
    if (fields.take16() != format::link_ethernet) return "link type is not Ethernet";
    fields.take16();
    fields.take32();
    std::string name;
    time_unit unit;
    for (const auto& one : take_options(fields)) {
      if (one.code == format::option_interface_name) name = one.value;
      if (one.code != format::option_time_resolution || one.value.empty()) continue;
      const auto given = unit_of(octet_at(one.value, 0));
      if (!given) return "unknown unit of time";
      unit = *given;
    }
    out_.interfaces.push_back(std::move(name));
    units_.push_back(unit);
    return fields.failed() ? "broken interface description" : "";
  }

  std::string enhanced_packet(field_cursor& fields) {
    const std::uint32_t interface = fields.take32();
    const std::uint64_t time_high = fields.take32();
    const std::uint64_t time_low = fields.take32();
    const std::uint32_t size = fields.take32();
    fields.take32();
    captured_packet packet;
    packet.frame = fields.take_padded(size);
    for (const auto& one : take_options(fields)) {
      if (one.code == format::option_comment) add_line(packet.comment, one.value);
      if (one.code == format::option_packet_flags && one.value.size() == 4)
        packet.outbound = direction_in(one.value, fields);
    }
    if (fields.failed()) return "broken packet";
    if (interface >= out_.interfaces.size() - first_interface_) return "packet of no interface";
    packet.interface = first_interface_ + interface;
    const time_unit unit = units_[packet.interface];
    const std::uint64_t time = time_high << 32U | time_low;
    packet.since_epoch = packet_time(0, nanoseconds_of(time / unit.divide, unit.multiply));
    out_.packets.push_back(std::move(packet));
    return {};
  }

  static std::optional<bool> direction_in(octet_view flags, const field_cursor& order) {
    const std::uint32_t number = order.same_order(flags).take32() & format::direction_flags;
    if (number == format::flag_outbound) return true;
    if (number == format::flag_inbound) return false;
    return std::nullopt;
  }

  capture_content& out_;
  std::uint32_t first_interface_ = 0;  // of this section
  std::vector<time_unit> units_;
};

}  // namespace

capture_content read_pcapng(octet_view data, const std::string& name) {
  constexpr std::size_t frame_octets = 12;  // type, length, and the length again
  capture_content content;
  section_reader section(content);
  bool big_endian = false;
  std::size_t at = 0;
  const auto wrong = [&](const std::string& text) {
    content.problem = name + ":" + std::to_string(at) + ": " + text;
    return content;
  };
  while (at < data.size()) {
    const octet_view rest = data.substr(at);
    if (at == 0 && !octet_view("\x0A\x0D\x0D\x0A", 4).starts_with(rest.substr(0, 4)))
      return wrong("not a pcapng file");
    if (rest.size() < frame_octets) break;
    // The section header's type reads the same in both orders; its magic tells which one it is.
    if (field_cursor(rest, false).take32() == format::section_header)
      big_endian = field_cursor(rest.substr(8), true).take32() == format::byte_order_magic;
    field_cursor head(rest, big_endian);
    const std::uint32_t type = head.take32();
    const std::uint32_t size = head.take32();
    if (size < frame_octets || size % 4 != 0) return wrong("impossible block length");
    if (size > rest.size()) break;
    const octet_view body = rest.substr(8, size - frame_octets);
    if (field_cursor(rest.substr(size - 4), big_endian).take32() != size)
      return wrong("the two lengths of a block differ");
    if (type == format::section_header && !big_endian &&
        field_cursor(body, false).take32() != format::byte_order_magic)
      return wrong("unknown byte order");
    const std::string problem = section.take(type, body, big_endian);
    if (!problem.empty()) return wrong(problem);
    at += size;
  }
  content.truncated = at < data.size();
  if (at == 0) return wrong("no whole section header");
  return content;
}

capture_content read_pcapng(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    capture_content none;
    none.problem = file.string() + ": cannot open";
    return none;
  }
  const octets data{std::istreambuf_iterator<char>(in), {}};
  return read_pcapng(data, file.string());
}

}  // namespace halley::capture
