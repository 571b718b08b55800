#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace halley::wire {

/// Incremental UTF-8 validation: fails at the first octet that no continuation can repair.
/// Source: RFC 3629 §4; RFC 6455 §8.1.
class utf8_validator {
public:
  /// Returns: how many octets of `input` were acceptable; less than all means that the next one is
  /// impossible.
  std::size_t feed(octet_view input);
  /// Whether the input so far ends on a character border.
  bool complete() const;
  void reset();

private:
  std::uint8_t needed_ = 0;     ///< continuation octets still to come
  std::uint8_t lowest_ = 0x80;  ///< bounds of the next continuation octet
  std::uint8_t highest_ = 0xBF;
};

bool is_utf8(octet_view text);

/// `text` with every maximal part that is not UTF-8 replaced by U+FFFD.
/// Source: WHATWG Encoding, "UTF-8 decoder"; Unicode §3.9, "substitution of maximal subparts".
octets with_replacements(octet_view text);

}  // namespace halley::wire
