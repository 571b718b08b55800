#pragma once

#include <string_view>
#include <vector>

namespace halley::cli {

/// Something that a target can or cannot do; a profile answers yes, no or probe.
struct capability_line {
  std::string_view name;      ///< as in a scenario's needs: "ws.server"
  std::string_view about;     ///< one line
  std::string_view rests_on;  ///< the endpoint contract or hook without which it cannot be tested
};

/// Every capability there is.
const std::vector<capability_line>& capabilities();
/// Returns: null where no capability has that name.
const capability_line* find_capability(std::string_view name);

}  // namespace halley::cli
