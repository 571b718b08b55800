#pragma once

#include "base/bytes.hpp"
#include "wire/event_stream.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace halley::trace {

/// The event stream in one message body, with its items placed in the octets of the connection
/// instead of the body: chunk headers lie between the two. An item that spans chunks covers all
/// from its first octet to its last, the chunk headers between them included. Limits: remembers the
/// places of the last 4096 body pieces; an item that began before them is placed at the oldest.
class event_stream_body {
public:
  explicit event_stream_body(const wire::sse_limits& limits) : decoder_(limits) {}

  /// `stream_offset`: where in the connection `piece` begins.
  void feed(octet_view piece, std::uint64_t stream_offset, std::vector<wire::sse_item>& out);
  void finish(std::vector<wire::sse_item>& out);

private:
  // A run of octets that lies in one piece in the body and in the connection.
  struct run {
    std::uint64_t body_begin = 0;
    std::uint64_t body_end = 0;
    std::uint64_t stream_begin = 0;
  };

  void remember(std::uint64_t stream_offset, std::uint64_t size);
  void place(std::vector<wire::sse_item>& items);
  std::uint64_t in_stream(std::uint64_t body_offset) const;

  wire::event_stream_decoder decoder_;
  std::deque<run> runs_;
};

}  // namespace halley::trace
