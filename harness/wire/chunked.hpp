#pragma once

#include "base/bytes.hpp"
#include "wire/field_lines.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_line.hpp"
#include "wire/octet_source.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace halley::wire {

/// Where `text`, all that stands behind a chunk size, breaks the grammar of chunk extensions;
/// nothing where it does not. Source: RFC 9112 §7.1.1.
std::optional<std::size_t> wrong_in_extension(octet_view text);

/// Decodes one chunked body, trailer section included. Data is passed on as it comes.
/// Source: RFC 9112 §7.1.
class chunked_decoder {
public:
  explicit chunked_decoder(const http_limits& limits)
      : chunk_line_(limits.chunk_line_octets), trailer_(limits.head_octets), limits_(limits) {}

  enum class progress {
    more,    ///< all of the input is taken
    done,    ///< the body has ended; what is left of the input is not part of it
    failed,  ///< the next octets are no chunk: nobody can know where the body ends
  };
  progress feed(octet_source& in, std::vector<http_item>& out);

  /// Stream offset of the first octet of an unfinished line, if there is one.
  std::optional<std::uint64_t> unfinished_line() const;

private:
  enum class part { size_line, data, data_end, data_end_lf, trailer };

  progress read_size_line(octet_source& in, std::vector<http_item>& out);
  bool read_size(std::vector<http_item>& out);
  void read_data(octet_source& in, std::vector<http_item>& out);
  void read_data_end(octet_source& in, std::vector<http_item>& out);
  progress read_trailer(octet_source& in, std::vector<http_item>& out);

  part part_ = part::size_line;
  line_collector chunk_line_;
  std::size_t size_digits_ = 0;  // how many octets of the line are known to be digits of the size
  bool size_ended_ = false;
  std::uint64_t size_ = 0;  // of the chunk; in its data, how many octets are still to come
  line_collector trailer_;
  field_lines_reader fields_;
  http_limits limits_;
};

}  // namespace halley::wire
