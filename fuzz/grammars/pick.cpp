#include "fuzz/grammars/pick.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace halley::fuzz {
namespace {

// Where a length takes another form: RFC 6455 §5.2; a hexadecimal digit more: RFC 9112 §7.1.
constexpr auto edges = std::to_array<std::size_t>({1, 15, 16, 125, 126, 127, 128, 255, 256, 257});
constexpr auto full_buffers =
    std::to_array<std::size_t>({1024, 4095, 4096, 8192, 16384, 65535, 65536, 65537});

void fill(octets& to, std::size_t size, octet_view pattern) {
  while (to.size() < size)
    to.append(pattern.substr(0, size - to.size()));
}

}  // namespace

std::string_view pick(choices& from, std::span<const std::string_view> among) {
  return among[from.draw(static_cast<std::uint32_t>(among.size()))];
}

bool once_in(choices& from, std::uint32_t count) {
  return from.draw(count) == count - 1;
}

std::size_t draw_position(choices& from, std::size_t bound) {
  if (bound == 0) return 0;
  if (bound <= choices::largest_bound) return from.draw(static_cast<std::uint32_t>(bound));
  const std::size_t high = draw_position(from, bound / choices::largest_bound + 1);
  return std::min(high * choices::largest_bound + from.draw(choices::largest_bound), bound - 1);
}

std::size_t draw_payload_size(choices& from, std::size_t most) {
  const auto kind = from.draw(128);
  std::size_t size = 0;
  if (kind < 100) {
    size = kind % 24;
  } else if (kind < 120) {
    size = edges.at(from.draw(edges.size()));
  } else if (kind < 127) {
    size = from.draw(600);
  } else {
    size = full_buffers.at(from.draw(full_buffers.size()));
  }
  return std::min(size, most);
}

octets draw_payload(choices& from, std::size_t size) {
  octets result;
  if (size == 0) return result;
  result.reserve(size);
  switch (from.draw(8)) {
    case 5:
      for (std::size_t i = 0; i < size; ++i)
        result.push_back(static_cast<char>(i));
      break;
    case 6:
      fill(result, size, "GET /behind HTTP/1.1\r\nHost: x\r\n\r\n");
      break;
    case 7:
      fill(result, size, "0\r\n\r\n");
      break;
    default:
      fill(result, size, "halley-0123456789");
      break;
  }
  return result;
}

octets draw_text(choices& from, std::size_t size) {
  static constexpr auto pieces = std::to_array<std::string_view>(
      {"halley-0123456789", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", "\xf0\x90\x80\x80",
       "\xef\xbf\xbd\xed\x9f\xbf", "\xc2\x80", std::string_view("\0\x7f", 2), "\xf4\x8f\xbf\xbf"});
  octets result;
  if (size == 0) return result;
  const std::string_view piece = once_in(from, 2) ? pick(from, pieces) : pieces.front();
  result.reserve(size);
  while (result.size() + piece.size() <= size)
    result += piece;
  fill(result, size, pieces.front());
  return result;
}

}  // namespace halley::fuzz
