#pragma once

#include "base/bytes.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_line.hpp"
#include "wire/http_message.hpp"

#include <cstdint>
#include <vector>

namespace halley::wire {

/// Reads the field lines of a head or a trailer section, one after the other.
/// Reports: bad_field_name, space_before_colon, missing_colon, bad_field_value, obs_fold,
/// leading_space_line. A line without a colon is kept under an empty name, so that nobody takes it
/// for a field. Source: RFC 9112 §5, §2.2; RFC 9110 §5.5.
class field_lines_reader {
public:
  /// Returns: whether `line` is the empty line that ends the section.
  bool add(const http_line& line, std::vector<http_item>& out);

  const field_section& fields() const { return fields_; }
  /// Stream offset of fields().lines[index]; known until the next section begins.
  std::uint64_t offset_of(std::size_t index) const { return offsets_[index]; }

  /// Returns: the section; the reader is as new.
  field_section take();

private:
  void add_field(const http_line& line, std::vector<http_item>& out);
  void unfold(const http_line& line, std::vector<http_item>& out);

  field_section fields_;
  std::vector<std::uint64_t> offsets_;
};

}  // namespace halley::wire
