#include "capture/pcapng.hpp"

#include "base/bytes.hpp"
#include "capture/pcapng_format.hpp"
#include "trace/output_file.hpp"
#include "wire/utf8.hpp"

#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace halley::capture {
namespace {

namespace format = pcapng_format;

/// Blocks wait in memory up to this size; so a crash costs at most this much of the capture.
constexpr std::size_t pending_octets = std::size_t{256} * 1024;
/// What we tell readers to expect of a packet: the largest IPv4 packet in an Ethernet frame fits.
constexpr std::uint32_t snapshot_length = 262144;

// The format lets the writer choose the byte order; ours is little-endian everywhere, so that the
// same events give the same file on every machine.
void put(octets& to, std::uint64_t number, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    to += static_cast<char>((number >> (8 * i)) & 0xFFU);
}
void put16(octets& to, std::uint16_t number) {
  put(to, number, 2);
}
void put32(octets& to, std::uint32_t number) {
  put(to, number, 4);
}

void put_padded(octets& to, octet_view data) {
  to += data;
  to.append((4 - data.size() % 4) % 4, '\0');
}

void put_option(octets& to, std::uint16_t code, octet_view value) {
  put16(to, code);
  put16(to, static_cast<std::uint16_t>(value.size()));
  put_padded(to, value);
}

/// Options that are text are UTF-8, and their size is sixteen bits.
void put_text_option(octets& to, std::uint16_t code, octet_view text) {
  if (text.empty()) return;
  const octets valid = wire::with_replacements(text.substr(0, pcapng_writer::comment_octets));
  put_option(to, code, valid);
}

void end_options(octets& to) {
  put_option(to, format::option_end, {});
}

}  // namespace

pcapng_writer::~pcapng_writer() {
  flush();
}

std::string pcapng_writer::open(const std::filesystem::path& file,
                                const std::string& application,
                                const std::string& comment) {
  failure_ = file_.open(file, trace::output_file::if_exists::replace);
  octets body;
  put32(body, format::byte_order_magic);
  put16(body, format::major_version);
  put16(body, 0);
  put(body, ~std::uint64_t{0}, 8);  // the section's length: unknown, it is still growing
  put_text_option(body, format::option_application, application);
  put_text_option(body, format::option_comment, comment);
  end_options(body);
  write_block(format::section_header, body);
  flush();
  return failure_;
}

std::uint32_t pcapng_writer::add_interface(const std::string& name) {
  constexpr octet_view nanoseconds = "\x09";  // 10^-9 s
  octets body;
  put16(body, format::link_ethernet);
  put16(body, 0);
  put32(body, snapshot_length);
  put_text_option(body, format::option_interface_name, name);
  put_option(body, format::option_time_resolution, nanoseconds);
  end_options(body);
  write_block(format::interface_description, body);
  return interfaces_++;
}

std::uint64_t pcapng_writer::add_packet(std::uint32_t interface,
                                        std::chrono::nanoseconds since_epoch,
                                        octet_view frame,
                                        bool outbound,
                                        const std::string& comment) {
  assert(interface < interfaces_);
  assert(frame.size() <= snapshot_length);
  const auto time = static_cast<std::uint64_t>(since_epoch.count());
  const auto size = static_cast<std::uint32_t>(frame.size());
  octets flags;
  put32(flags, outbound ? format::flag_outbound : format::flag_inbound);
  octets body;
  body.reserve(frame.size() + comment.size() + 64);
  put32(body, interface);
  put32(body, static_cast<std::uint32_t>(time >> 32U));
  put32(body, static_cast<std::uint32_t>(time & 0xFFFFFFFFU));
  put32(body, size);
  put32(body, size);
  put_padded(body, frame);
  put_option(body, format::option_packet_flags, flags);
  put_text_option(body, format::option_comment, comment);
  end_options(body);
  write_block(format::enhanced_packet, body);
  return ++packets_;
}

void pcapng_writer::flush() {
  if (failure_.empty() && !pending_.empty()) failure_ = file_.write(pending_);
  pending_.clear();
}

void pcapng_writer::write_block(std::uint32_t type, const octets& body) {
  const auto size = static_cast<std::uint32_t>(body.size() + 12);
  put32(pending_, type);
  put32(pending_, size);
  pending_ += body;
  put32(pending_, size);
  if (pending_.size() >= pending_octets) flush();
}

}  // namespace halley::capture
