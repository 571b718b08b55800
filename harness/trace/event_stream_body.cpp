#include "trace/event_stream_body.hpp"

#include "base/bytes.hpp"
#include "wire/event_stream.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <variant>
#include <vector>

namespace halley::trace {
namespace {

constexpr std::size_t most_runs = 4096;

}  // namespace

void event_stream_body::feed(octet_view piece,
                             std::uint64_t stream_offset,
                             std::vector<wire::sse_item>& out) {
  remember(stream_offset, piece.size());
  std::vector<wire::sse_item> items;
  decoder_.feed(piece, items);
  place(items);
  std::ranges::move(items, std::back_inserter(out));
}

void event_stream_body::finish(std::vector<wire::sse_item>& out) {
  std::vector<wire::sse_item> items;
  decoder_.finish(items);
  place(items);
  std::ranges::move(items, std::back_inserter(out));
}

void event_stream_body::remember(std::uint64_t stream_offset, std::uint64_t size) {
  if (runs_.empty()) {
    runs_.push_back({.body_begin = 0, .body_end = size, .stream_begin = stream_offset});
    return;
  }
  run& last = runs_.back();
  if (last.stream_begin + (last.body_end - last.body_begin) == stream_offset) {
    last.body_end += size;
    return;
  }
  const std::uint64_t begin = last.body_end;
  runs_.push_back({.body_begin = begin, .body_end = begin + size, .stream_begin = stream_offset});
  if (runs_.size() > most_runs) runs_.pop_front();
}

// An event is the last item of its block, so that nothing before its end is asked for again.
void event_stream_body::place(std::vector<wire::sse_item>& items) {
  for (wire::sse_item& item : items) {
    const std::uint64_t begin = item.at;
    const std::uint64_t end = begin + item.size;
    item.at = in_stream(begin);
    item.size = item.size == 0 ? 0 : in_stream(end - 1) + 1 - item.at;
    if (!std::holds_alternative<wire::sse_event>(item.what)) continue;
    while (runs_.size() > 1 && runs_.front().body_end <= end)
      runs_.pop_front();
  }
}

std::uint64_t event_stream_body::in_stream(std::uint64_t body_offset) const {
  if (runs_.empty()) return 0;
  const auto after =
      std::ranges::upper_bound(runs_, body_offset, std::ranges::less{}, &run::body_begin);
  const run& holder = after == runs_.begin() ? *after : *std::prev(after);
  const std::uint64_t inside = body_offset - std::min(body_offset, holder.body_begin);
  return holder.stream_begin + std::min(inside, holder.body_end - holder.body_begin);
}

}  // namespace halley::trace
