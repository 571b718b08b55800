#include "inspect/clean_frames.hpp"

#include "base/bytes.hpp"
#include "wire/utf8.hpp"
#include "wire/websocket_frame.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace halley::inspect {
namespace {

constexpr std::uint64_t most_message_octets = std::uint64_t{16} << 20U;
constexpr std::uint8_t text_code = 1;
constexpr std::uint8_t close_code = 8;

/// How many octets of extended length stand behind the second octet.
std::size_t length_octets_of(std::uint8_t second) {
  const std::uint8_t length = second & 0x7FU;
  return length < 126 ? 0 : (length == 126 ? 2 : 8);
}

/// Whether `part`, unmasked, is US-ASCII. `mask`: the key twice, as it stands at the first octet.
bool is_ascii(octet_view part, std::uint64_t mask) {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; part.size() - at >= sizeof mask; at += sizeof mask) {
    std::uint64_t word = 0;
    std::memcpy(&word, part.data() + at, sizeof word);
    seen |= word ^ mask;
  }
  std::uint64_t word = mask;
  std::memcpy(&word, part.data() + at, part.size() - at);
  return ((seen | (word ^ mask)) & high_bits) == 0;
}

}  // namespace

bool clean_frames::take(octet_view& data, std::optional<std::uint64_t>& message) {
  while (!data.empty()) {
    if (!in_payload_) {
      if (!read_header(data)) return false;
      if (!in_payload_) return true;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size()));
    if (size > 0 && !take_payload(data.substr(0, size))) return false;
    data.remove_prefix(size);
    left_ -= size;
    if (left_ > 0) return true;
    if (!end_frame(message)) return false;
    if (message) return true;
  }
  return true;
}

/// Reads a header where it stands, if it is there as a whole, else octet by octet.
bool clean_frames::read_header(octet_view& data) {
  if (header_size_ == 0 && data.size() >= 2) {
    const std::size_t length_octets = length_octets_of(octet_at(data, 1));
    const std::size_t size = 2 + length_octets + (from_client_ ? key_.size() : 0);
    if (data.size() >= size) {
      if (!begin_frame(data, length_octets)) return false;
      data.remove_prefix(size);
      return true;
    }
  }
  while (!data.empty()) {
    header_[header_size_++] = data.front();
    data.remove_prefix(1);
    if (header_size_ < 2) continue;
    const std::size_t length_octets = length_octets_of(static_cast<std::uint8_t>(header_[1]));
    if (header_size_ < 2 + length_octets + (from_client_ ? key_.size() : 0)) continue;
    header_size_ = 0;
    return begin_frame({header_.data(), header_.size()}, length_octets);
  }
  return true;
}

bool clean_frames::begin_frame(octet_view header, std::size_t length_octets) {
  const auto first = static_cast<std::uint8_t>(header[0]);
  const auto second = static_cast<std::uint8_t>(header[1]);
  code_ = first & 0x0FU;
  fin_ = (first & 0x80U) != 0;
  const bool masked = (second & 0x80U) != 0;
  if (closed_ || (first & 0x70U) != 0 || masked != from_client_) return false;
  length_ = length_octets == 0 ? second & 0x7FU : 0;
  for (std::size_t i = 0; i < length_octets; ++i)
    length_ = length_ << 8U | static_cast<std::uint8_t>(header[2 + i]);
  const bool minimal = length_octets == 0 || (length_octets == 2 && length_ > 125) ||
                       (length_octets == 8 && length_ > 0xFFFF);
  if (!minimal) return false;
  if (code_ >= close_code) {
    if (code_ > 10 || !fin_ || length_octets > 0 || (code_ == close_code && length_ == 1))
      return false;
    control_size_ = 0;
  } else {
    const bool continues = code_ == 0;
    if (code_ > 2 || continues != in_message_) return false;
    if (!continues) {
      in_message_ = true;
      text_ = code_ == text_code;
      message_octets_ = 0;
      utf8_.reset();
    }
    if (length_ > most_message_octets - message_octets_) return false;
    message_octets_ += length_;
  }
  if (from_client_) {
    std::memcpy(key_.data(), header.data() + 2 + length_octets, key_.size());
    if (length_ > 0 && has_last_key_ && key_ == last_key_) return false;
    if (length_ > 0) last_key_ = key_;
    has_last_key_ = has_last_key_ || length_ > 0;
  }
  left_ = length_;
  in_payload_ = true;
  return true;
}

bool clean_frames::take_payload(octet_view part) {
  if (code_ == close_code) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      const std::uint8_t mask = from_client_ ? key_[control_size_ % key_.size()] : 0;
      control_[control_size_++] = static_cast<char>(octet_at(part, i) ^ mask);
    }
    return true;
  }
  if (code_ > close_code || !text_) return true;
  return from_client_ ? take_masked_text(part) : utf8_.feed(part) == part.size();
}

bool clean_frames::take_masked_text(octet_view part) {
  std::array<std::uint8_t, 8> keys{};
  for (std::size_t i = 0; i < keys.size(); ++i)
    keys[i] = key_[(length_ - left_ + i) % key_.size()];
  std::uint64_t mask = 0;
  std::memcpy(&mask, keys.data(), sizeof mask);
  if (utf8_.complete() && is_ascii(part, mask)) return true;

  std::array<char, 512> plain{};  // a multiple of the key's length
  while (!part.empty()) {
    const std::size_t size = std::min(part.size(), plain.size());
    for (std::size_t i = 0; i < size; ++i)
      plain[i] = static_cast<char>(octet_at(part, i) ^ keys[i % keys.size()]);
    if (utf8_.feed(octet_view(plain.data(), size)) != size) return false;
    part.remove_prefix(size);
  }
  return true;
}

bool clean_frames::end_frame(std::optional<std::uint64_t>& message) {
  in_payload_ = false;
  ++frames_;
  if (code_ == close_code) {
    closed_ = true;
    return end_close();
  }
  if (code_ > close_code || !fin_) return true;
  in_message_ = false;
  message = message_octets_;
  return !text_ || utf8_.complete();
}

bool clean_frames::end_close() const {
  if (control_size_ == 0) return true;
  const octet_view body(control_.data(), control_size_);
  const auto code = static_cast<std::uint16_t>(octet_at(body, 0) << 8U | octet_at(body, 1));
  return wire::close_code_allowed(code) && wire::is_utf8(body.substr(2));
}

}  // namespace halley::inspect
