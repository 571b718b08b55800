#include "fuzz/live/stands.hpp"

#include "engine/address.hpp"
#include "engine/environment.hpp"
#include "engine/target.hpp"
#include "fuzz/live/stage.hpp"
#include "transport/transport.hpp"

#include <cstdint>
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

std::optional<std::int64_t> own_port(const engine::target& target,
                                     const engine::environment& variables) {
  for (const auto& [name, url] : target.profile().endpoints) {
    // Only up to the path, which may hold what is not known yet.
    const auto scheme = url.find("://");
    if (scheme == std::string::npos) continue;
    const auto root = url.substr(0, url.find('/', scheme + 3)) + "/";
    try {
      if (const auto parsed = engine::parse_address(variables.resolve_text(root)))
        return parsed->port;
    } catch (const engine::bad_expression&) {
      continue;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<stand> stands_of(const engine::target& target, const std::string& key) {
  engine::environment variables(0);
  target.describe_to(variables, key);
  // Who asks a gateway names an origin; the gateway itself is one that is surely there.
  if (const auto port = own_port(target, variables)) variables.set_integer("origin.port", *port);
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
