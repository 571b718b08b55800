#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <string>

namespace halley {

/// `text` made safe for terminals and logs: control characters, DEL, C1 controls and octets that
/// are not UTF-8 become \n, \r, \t or \xNN, a backslash becomes two. At most `limit` octets of
/// input are shown, then "…". What a target sends reaches a terminal only through this function.
std::string printable(octet_view text, std::size_t limit = 200);

}  // namespace halley
