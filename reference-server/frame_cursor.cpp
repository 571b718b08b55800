#include "reference-server/frame_cursor.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace halley::gateway {
namespace {

std::size_t header_size(octet_view head) {
  const std::uint8_t second = octet_at(head, 1);
  std::size_t size = (second & 0x80U) != 0 ? 6 : 2;
  if ((second & 0x7FU) == 126) size += 2;
  if ((second & 0x7FU) == 127) size += 8;
  return size;
}

}  // namespace

std::uint64_t payload_length(octet_view head) {
  const std::uint8_t code = octet_at(head, 1) & 0x7FU;
  if (code < 126) return code;
  std::uint64_t length = 0;
  const std::size_t end = code == 126 ? 4 : 10;
  for (std::size_t i = 2; i < end; ++i)
    length = length << 8U | octet_at(head, i);
  return length;
}

std::optional<frame_cursor::header> frame_cursor::take(octet_view& input, octet_view& payload) {
  payload = input.substr(
      0, static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, input.size())));
  payload_left_ -= payload.size();
  input.remove_prefix(payload.size());
  if (!payload.empty()) return std::nullopt;
  while (!input.empty() && (head_.size() < 2 || head_.size() < header_size(head_))) {
    head_ += input.front();
    input.remove_prefix(1);
  }
  if (head_.size() < 2 || head_.size() < header_size(head_)) return std::nullopt;
  header done{std::exchange(head_, octets()), 0};
  done.length = payload_left_ = lengths_(done.octets_of);
  return done;
}

}  // namespace halley::gateway
