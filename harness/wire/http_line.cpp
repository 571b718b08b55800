#include "wire/http_line.hpp"

#include "base/bytes.hpp"
#include "wire/http_decoder.hpp"
#include "wire/octet_source.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace halley::wire {
namespace {

constexpr std::size_t usual_section = 256;

}  // namespace

void report(std::vector<http_item>& out, wire_error error, std::uint64_t at, std::uint64_t size) {
  out.push_back({.at = at, .size = size, .what = error});
}

// Insertion sort: a handful of items, and equal offsets keep their order. (std::stable_sort would
// do, but libstdc++ 12 builds it on a function that it deprecates itself.)
void sort_by_offset(std::vector<http_item>& out, std::size_t mark) {
  const auto begin = out.begin() + static_cast<std::ptrdiff_t>(mark);
  for (auto item = begin; item != out.end(); ++item) {
    const auto place =
        std::upper_bound(begin, item, item->at,
                         [](std::uint64_t at, const http_item& other) { return at < other.at; });
    std::rotate(place, item, std::next(item));
  }
}

http_line split_line(octet_view whole, std::uint64_t at, std::vector<http_item>& out) {
  assert(whole.ends_with('\n'));
  const bool crlf = whole.ends_with("\r\n");
  const octet_view text = whole.substr(0, whole.size() - (crlf ? 2 : 1));
  const std::size_t bare = text.find('\r');
  if (bare != octet_view::npos) report(out, wire_error::bare_cr, at + bare, 1);
  if (!crlf) report(out, wire_error::bare_lf, at + text.size(), 1);
  return {.text = text, .whole = whole, .at = at};
}

line_collector::result line_collector::take(octet_source& in) {
  if (octets_.empty()) at_ = in.at;
  const octet_view within = in.rest.substr(0, limit_ - octets_.size());
  const std::size_t end = within.find('\n');
  const bool ended = end != octet_view::npos;
  const std::size_t count = ended ? end + 1 : within.size();
  // Most sections fit into the first block that they need.
  if (octets_.size() + count > octets_.capacity() && octets_.size() + count < usual_section)
    octets_.reserve(usual_section);
  octets_.append(in.take(count));
  if (ended) return result::line;
  return in.empty() ? result::more : result::over_limit;
}

octets line_collector::restart() {
  line_start_ = 0;
  return std::exchange(octets_, {});
}

}  // namespace halley::wire
