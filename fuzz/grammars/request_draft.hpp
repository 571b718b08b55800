#pragma once

#include "base/bytes.hpp"
#include "fuzz/live/exchange.hpp"

#include <string_view>
#include <vector>

namespace halley::fuzz {

/// A field line as it is to be written: any octets in any part.
struct field_draft {
  octets name;
  octets value;
  std::string_view colon = ": ";
  std::string_view end = "\r\n";
};

/// A chunk as it is to be written.
struct chunk_draft {
  octets size_line;  ///< size and extensions
  octets data;
  std::string_view line_end = "\r\n";
  std::string_view data_end = "\r\n";
};

/// A request as it is to be written. Nothing is checked: what a grammar does wrong on purpose is
/// done here.
struct request_draft {
  octets before;  ///< octets in front of the start line
  octets method = "GET";
  octets target;
  octets version = "HTTP/1.1";
  std::string_view first_space = " ";
  std::string_view second_space = " ";
  std::string_view line_end = "\r\n";
  octets behind_start_line;  ///< octets in front of the first field line
  std::vector<field_draft> fields;
  std::string_view head_end = "\r\n";

  octets body;                      ///< without chunks
  bool chunked = false;             ///< the body is `chunks`
  std::vector<chunk_draft> chunks;  ///< without the last one
  octets last_chunk = "0\r\n";
  octets trailers;  ///< whole lines
  std::string_view trailers_end = "\r\n";
  octets behind;  ///< octets behind the request

  /// GET of the place, with Host.
  static request_draft to(const place& at);

  field_draft* find(std::string_view name);
  void add(std::string_view name, std::string_view value);
  /// The value of the one field `name`, which is added where there is none.
  void set(std::string_view name, std::string_view value);
  void drop(std::string_view name);

  /// A body of known length, with its Content-Length, and no other framing.
  void give_length(octets content);
  /// A chunked body with its Transfer-Encoding, and no other framing. Chunks that are there stay.
  void make_chunked();
  void add_chunk(octet_view data, std::string_view extension = {});

  /// The start line and fields, and what belongs to the body.
  void append_head(octets& to) const;
  void append_body(octets& to) const;
};

}  // namespace halley::fuzz
