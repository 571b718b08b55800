#pragma once

#include "base/bytes.hpp"

#include <cstdint>

namespace halley::inspect {

/// What the fast scan has to know of a head's fields.
struct plain_fields {
  unsigned hosts = 0;
  bool close = false;           ///< Connection holds "close"
  bool upgrade_option = false;  ///< Connection holds "upgrade"
  bool has_length = false;
  bool chunked = false;
  bool content_encoding = false;
  bool subprotocol = false;
  bool extensions = false;
  std::uint64_t length = 0;
  octet_view upgrade;  ///< what stands in the field; empty where there is none
  octet_view key;
  octet_view version;
  octet_view accept;
  octet_view content_type;
};

struct plain_request {
  octet_view method;
  plain_fields fields;
};

struct plain_response {
  unsigned status = 0;
  plain_fields fields;
};

// Both read a whole head, its empty line included, and take only what breaks no rule of
// RFC 9110 §5 and RFC 9112 §2–§6, in the form that nearly everybody writes: HTTP/1.1, each of the
// fields above at most once but Connection, Transfer-Encoding of "chunked" alone.
// Returns: false where this is not so, or not easily seen.
bool read_plain_request(octet_view head, plain_request& out);
bool read_plain_response(octet_view head, plain_response& out);

/// Whether `head` asks for a WebSocket as RFC 6455 §4.1 wants it, without subprotocols.
bool is_plain_upgrade(const plain_request& head);

/// The Content-Type of an event stream, with no parameter or charset=utf-8.
enum class stream_type : std::uint8_t { no, yes, unclear };
stream_type event_stream_type(octet_view content_type);

}  // namespace halley::inspect
