#pragma once

#include "base/bytes.hpp"

#include <string>
#include <vector>

namespace halley::fuzz {

/// A report of a crash or of a sanitizer in the log of a target.
struct crash {
  /// "AddressSanitizer heap-buffer-overflow in read_frame(char const*)": what it is and where, with
  /// neither addresses nor line numbers. The same fault gives the same key.
  std::string key;
  std::string line;  ///< the first one of the report, made printable
  /// Whether it can be nothing else: a sanitizer, an abort, a signal. A stack trace alone may be
  /// the log of an error that was handled.
  bool certain = false;
};

/// Limits: looks at the first 1 MiB of `log` and gives the first 32 reports; keys have at most 160
/// octets.
std::vector<crash> crashes_in(octet_view log);

}  // namespace halley::fuzz
