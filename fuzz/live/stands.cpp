#include "fuzz/live/stands.hpp"

#include "engine/address.hpp"
#include "engine/environment.hpp"
#include "engine/target.hpp"
#include "fuzz/live/stage.hpp"
#include "transport/transport.hpp"

#include <optional>
#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

std::optional<std::string> address_of(const engine::target& target,
                                      const std::string& name,
                                      const engine::environment& variables) {
  try {
    return target.endpoint(name, variables);
  } catch (const engine::bad_expression&) {
    return std::nullopt;  // it names what only a scenario has
  }
}

}  // namespace

std::vector<stand> stands_of(const engine::target& target, const std::string& key) {
  engine::environment variables(0);
  target.describe_to(variables, key);
  std::vector<stand> result;
  for (const auto& [name, url] : target.profile().endpoints) {
    const auto text = address_of(target, name, variables);
    const auto parsed = text ? engine::parse_address(*text) : std::nullopt;
    const auto where = parsed ? engine::to_endpoint(*parsed) : std::nullopt;
    if (where && transport::is_loopback(where->address))
      result.push_back({{name, parsed->authority, parsed->path}, *where});
  }
  return result;
}

}  // namespace halley::fuzz
