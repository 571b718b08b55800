#pragma once

#include "base/bytes.hpp"
#include "wire/body_framing.hpp"
#include "wire/http_message.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

namespace halley::wire {

/// A piece of a message body, chunked coding removed.
struct body_piece {
  octets data;
  bool operator==(const body_piece&) const = default;
};

/// The header of one chunk. Source: RFC 9112 §7.1. The last chunk has size 0.
struct chunk_header {
  std::uint64_t size = 0;
  octets extension;  ///< everything behind the size, ';' included, line end excluded
  bool operator==(const chunk_header&) const = default;
};

/// The trailer section, when it is not empty. Source: RFC 9112 §7.1.2.
struct trailer_section {
  field_section fields;
  bool operator==(const trailer_section&) const = default;
};

/// A message ended; every head gets one. `complete` is false where the connection ended first or
/// the chunked coding could not be read on. Source: RFC 9112 §8.
struct message_end {
  bool complete = true;
  bool operator==(const message_end&) const = default;
};

/// From here on the octets are not HTTP/1.1: 101, 2xx to CONNECT, or octets that cannot be a
/// message.
struct left_http {
  bool operator==(const left_http&) const = default;
};

/// What a decoder saw, and where: `at` is the stream offset of its first octet, `size` how many
/// octets of the stream it covers (a body piece of a chunked body covers just its data).
struct http_item {
  std::uint64_t at = 0;
  std::uint64_t size = 0;
  std::variant<request_head,
               response_head,
               chunk_header,
               body_piece,
               trailer_section,
               message_end,
               wire_error,
               left_http>
      what;
  bool operator==(const http_item&) const = default;
};

struct http_limits {
  std::size_t head_octets =
      std::size_t{64} * 1024;  ///< start line, field lines and trailer section
  std::size_t chunk_line_octets =
      std::size_t{16} * 1024;  ///< one chunk-size line with its extensions
};

enum class http_role { request, response };

/// One direction of an HTTP/1.1 connection: heads, bodies, chunks, trailers, one message after the
/// other. Incremental: any cut of the input gives the same items, but for the borders of body
/// pieces. A deviation is reported as an item of its own before the item it belongs to, and
/// decoding goes on where that makes sense; where it does not (a start line that is none, a chunk
/// size that is none) the decoder leaves HTTP. Limits: `http_limits`; memory stays within one head
/// or chunk line whatever is fed. Source: RFC 9112 §2–§8.
class http_decoder {
public:
  explicit http_decoder(http_role role, http_limits limits = {});
  ~http_decoder();
  http_decoder(http_decoder&&) noexcept;
  http_decoder& operator=(http_decoder&&) noexcept;

  /// For responses: the method of the next request that is still to be answered (HEAD and CONNECT
  /// change how the response is framed). A response with no method queued is read as one to GET.
  /// 1xx responses but 101 do not use up a method. For a request decoder: no effect.
  void expect_answer_to(octet_view method);

  /// Takes all of `input`. Items are appended to `out`. After left_http the octets are not kept:
  /// the caller continues with whatever comes at the offset of that item (see `http_offset`).
  void feed(octet_view input, std::vector<http_item>& out);

  /// The peer sent FIN (or the connection died). Ends an until_close body; reports what is cut
  /// short.
  void finish(std::vector<http_item>& out);

  /// Whether a left_http item has been given.
  bool left() const;
  /// A request decoder cannot know that a server will answer 101 or 2xx to CONNECT: the caller
  /// tells it, and it gives left_http at the current message border: before an unfinished head,
  /// behind an unfinished body.
  void leave(std::vector<http_item>& out);
  /// Stream offset of the first octet that is not part of any item yet (inside a head: the head's
  /// first octet).
  std::uint64_t http_offset() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace halley::wire
