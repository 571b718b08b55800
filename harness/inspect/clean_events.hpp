#pragma once

#include "base/bytes.hpp"
#include "wire/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace halley::inspect {

/// The body of an event stream: takes only UTF-8 in lines that end with LF or CRLF and hold a
/// comment or one of the fields data, event, id and retry, in a form that no reader ignores.
/// Limits: lines of 16 KiB that come in several pieces, events of 1 MiB.
/// Source: WHATWG HTML, "Server-sent events".
class clean_events {
public:
  /// Returns: false where something is not clearly right. `events` rises with each event.
  bool take(octet_view data, std::uint64_t& events);
  /// Whether the stream may end here: nothing is thrown away.
  bool at_border() const { return kept_.empty() && !has_field_ && utf8_.complete(); }
  /// Whether all octets that came were judged: of a line that may have ended they are not.
  bool settled() const { return !kept_.ends_with('\r'); }

private:
  bool keep(octet_view part);
  bool take_line(octet_view line, std::uint64_t& events);

  wire::utf8_validator utf8_;
  bool has_field_ = false;
  bool has_data_ = false;
  std::size_t event_octets_ = 0;
  octets kept_;  ///< a line whose end has not come
};

}  // namespace halley::inspect
