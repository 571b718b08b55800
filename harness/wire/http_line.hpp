#pragma once

#include "base/bytes.hpp"
#include "wire/http_decoder.hpp"
#include "wire/octet_source.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halley::wire {

/// One line of a head, a trailer section or a chunk header.
struct http_line {
  octet_view text;       ///< without the line end
  octet_view whole;      ///< with it
  std::uint64_t at = 0;  ///< stream offset of its first octet
};

/// Appends the item of a deviation.
void report(std::vector<http_item>& out, wire_error error, std::uint64_t at, std::uint64_t size);

/// Orders what was appended to `out` since it held `mark` items by stream offset.
void sort_by_offset(std::vector<http_item>& out, std::size_t mark);

/// `whole`, which ends with LF, as a line. A CR directly before the LF belongs to the line end; the
/// first other one is reported. Each rule is reported once a line: a line of nothing but CR is one
/// deviation. Source: RFC 9112 §2.2.
http_line split_line(octet_view whole, std::uint64_t at, std::vector<http_item>& out);

/// Collects the lines of one section, up to `limit` octets. Every octet is looked at and copied
/// once, however the input is cut.
class line_collector {
public:
  explicit line_collector(std::size_t limit) : limit_(limit) {}

  enum class result {
    more,        ///< all of the input is taken and the line has not ended
    line,        ///< line() ends with LF
    over_limit,  ///< the section holds `limit` octets and there are more
  };
  result take(octet_source& in);

  /// All octets of the section so far, and the stream offset of the first.
  octet_view all() const { return octets_; }
  std::uint64_t at() const { return at_; }

  /// The current line so far.
  octet_view line() const { return octet_view(octets_).substr(line_start_); }
  std::uint64_t line_at() const { return at_ + line_start_; }
  /// The current line is done with; the next octets begin another.
  void next_line() { line_start_ = octets_.size(); }

  bool empty() const { return octets_.empty(); }
  /// Begins a new section. Returns: the octets of the old one.
  octets restart();

private:
  std::size_t limit_;
  octets octets_;
  std::uint64_t at_ = 0;
  std::size_t line_start_ = 0;
};

}  // namespace halley::wire
