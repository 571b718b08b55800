#pragma once

#include "base/bytes.hpp"
#include "wire/http_decoder.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace halley::wire::testing {

using items = std::vector<http_item>;

inline constexpr auto request = http_role::request;
inline constexpr auto response = http_role::response;

/// One stream and every item that it must give, as `render` writes them.
struct stream_case {
  std::string name;
  http_role role;
  octets stream;
  std::vector<std::string> expected = {};
  std::vector<octets> methods = {};  ///< what the responses answer
};

/// Every case there is: start lines, field lines, framing, chunked bodies.
std::vector<stream_case> all_cases();

/// Each item as "offset+size what".
std::vector<std::string> render(const items& all);

/// A response head that announces a chunked body: 47 octets.
inline constexpr octet_view chunked_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

http_decoder decoder_for(const stream_case& c, http_limits limits = {});

/// All items of the stream, fed in pieces that end at `cuts`, and finished. Adjacent body pieces
/// are joined.
items decode(const stream_case& c, const std::vector<std::size_t>& cuts, http_limits limits = {});

std::vector<std::size_t> every_offset(octet_view stream);

}  // namespace halley::wire::testing
