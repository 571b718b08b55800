#pragma once

// Captures for tests, number by number, in either byte order.

#include "base/bytes.hpp"
#include "capture/pcapng_format.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halley::capture::written {

/// Numbers in one byte order, one after the other.
class numbers {
public:
  explicit numbers(bool big_endian) : big_endian_(big_endian) {}

  numbers& put(std::uint64_t number, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      out_ += static_cast<char>((number >> (8 * (big_endian_ ? size - 1 - i : i))) & 0xFFU);
    return *this;
  }
  numbers& put16(std::uint64_t number) { return put(number, 2); }
  numbers& put32(std::uint64_t number) { return put(number, 4); }
  numbers& add(octet_view data) {
    out_ += data;
    return *this;
  }
  numbers& pad() {
    out_.append((4 - out_.size() % 4) % 4, '\0');
    return *this;
  }
  numbers& option(std::uint16_t code, octet_view value) {
    return put16(code).put16(value.size()).add(value).pad();
  }
  const octets& all() const { return out_; }

private:
  bool big_endian_;
  octets out_;
};

inline octets pcap_header(bool big_endian, std::uint32_t magic, std::uint32_t link = 1) {
  numbers to(big_endian);
  to.put32(magic).put16(2).put16(4).put32(0).put32(0).put32(262144).put32(link);
  return to.all();
}

inline octets pcap_record(bool big_endian,
                          std::pair<std::uint32_t, std::uint32_t> time,
                          octet_view data,
                          std::size_t wire_length) {
  numbers to(big_endian);
  to.put32(time.first).put32(time.second).put32(data.size()).put32(wire_length).add(data);
  return to.all();
}

/// Blocks of pcapng.
class blocks {
public:
  explicit blocks(bool big_endian) : big_endian_(big_endian) {}

  numbers body() const { return numbers(big_endian_); }
  octets block(std::uint32_t type, const numbers& body) const {
    numbers to(big_endian_);
    const auto size = (body.all().size() + 3) / 4 * 4 + 12;
    to.put32(type).put32(size).add(body.all()).pad().put32(size);
    return to.all();
  }
  octets section() const {
    return block(pcapng_format::section_header,
                 body().put32(pcapng_format::byte_order_magic).put16(1).put16(0).put(~0ULL, 8));
  }
  octets interface(const octets& options = {}, std::uint16_t link = 1) const {
    return block(pcapng_format::interface_description,
                 body().put16(link).put16(0).put32(0).add(options));
  }
  octets packet(std::uint64_t ticks, octet_view data, const octets& options = {}) const {
    return block(pcapng_format::enhanced_packet, body()
                                                     .put32(0)
                                                     .put32(ticks >> 32U)
                                                     .put32(ticks & 0xFFFFFFFFU)
                                                     .put32(data.size())
                                                     .put32(data.size())
                                                     .add(data)
                                                     .pad()
                                                     .add(options));
  }

private:
  bool big_endian_;
};

}  // namespace halley::capture::written
