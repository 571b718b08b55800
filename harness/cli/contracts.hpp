#pragma once

#include <string_view>
#include <vector>

namespace halley::cli {

/// What an endpoint must do so that scenarios can be played against it.
struct contract {
  std::string_view name;      ///< as in a profile's endpoints: "ws.echo"
  std::string_view about;     ///< one line
  std::string_view duty;      ///< what it has to do, in full
  std::string_view smallest;  ///< the least that a server has to implement
};

/// Every contract there is.
const std::vector<contract>& contracts();
/// Returns: null where no contract has that name.
const contract* find_contract(std::string_view name);

}  // namespace halley::cli
