#include "wire/http_encode.hpp"

#include "base/bytes.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::wire {
namespace {

octets hex_number(std::uint64_t number, bool upper) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
  assert(end.ec == std::errc{});
  octets text(digits.data(), end.ptr);
  if (upper) {
    for (char& c : text)
      if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

}  // namespace

octets encode_head(octet_view text) {
  octets head;
  head.reserve(text.size() + text.size() / 16 + 4);
  for (const char c : text) {
    if (c == '\n' && !head.ends_with('\r')) head.push_back('\r');
    head.push_back(c);
  }
  if (!head.empty() && !head.ends_with("\r\n")) head.append("\r\n");
  if (head != "\r\n" && !head.ends_with("\r\n\r\n")) head.append("\r\n");
  return head;
}

octets encode_chunk(octet_view data, const chunk_form& form) {
  octets chunk = form.size_says ? *form.size_says : hex_number(data.size(), form.upper_hex);
  chunk.append(form.extension).append("\r\n").append(data).append("\r\n");
  return chunk;
}

octets encode_last_chunk(const std::vector<std::pair<octets, octets>>& trailers) {
  octets last = "0\r\n";
  for (const auto& [name, value] : trailers)
    last.append(name).append(": ").append(value).append("\r\n");
  return last.append("\r\n");
}

}  // namespace halley::wire
