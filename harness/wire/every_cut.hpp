#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <string>
#include <vector>

/// For tests: one input, handed to a decoder in every way that a connection could cut it.
namespace halley::wire::every_cut {

/// Decodes `input`, handed over in pieces that end at `ends` and at its own end. Each piece stands
/// in a heap buffer of exactly its size, so that a sanitizer sees a read beyond it.
template <typename Item, typename Decoder>
std::vector<Item> decode(Decoder decoder, octet_view input, const std::vector<std::size_t>& ends) {
  std::vector<Item> items;
  std::size_t begin = 0;
  const auto feed = [&](std::size_t end) {
    const std::vector<char> piece(input.begin() + static_cast<std::ptrdiff_t>(begin),
                                  input.begin() + static_cast<std::ptrdiff_t>(end));
    decoder.feed(octet_view(piece.data(), piece.size()), items);
    begin = end;
  };
  for (const std::size_t end : ends)
    feed(end);
  feed(input.size());
  decoder.finish(items);
  return items;
}

/// The cuts of an input of `size` octets: none, between any two octets, and one at each place.
inline std::vector<std::vector<std::size_t>> all(std::size_t size) {
  std::vector<std::vector<std::size_t>> result(2);
  for (std::size_t at = 0; at <= size; ++at) {
    result[1].push_back(at);
    result.push_back({at});
  }
  return result;
}

}  // namespace halley::wire::every_cut
