#include "cli/chaos_choice.hpp"

#include "base/printable.hpp"
#include "engine/address.hpp"
#include "transport/chaos_proxy.hpp"
#include "transport/path_text.hpp"
#include "transport/transport.hpp"

#include <optional>
#include <string>

namespace halley::cli {

std::optional<transport::endpoint> parse_endpoint(const std::string& text) {
  const auto address = engine::parse_address("http://" + text);
  if (!address || text.find(':') == std::string::npos) return std::nullopt;
  return engine::to_endpoint(*address);
}

std::optional<transport::chaos_settings> choose_chaos(const chaos_words& words,
                                                      const transport::endpoint& listen,
                                                      std::string& error) {
  transport::chaos_settings result;
  if (words.rules.empty()) {
    error = "--upstream goes with --chaos: say what happens on the way, or 'pass'";
    return std::nullopt;
  }
  for (const auto& text : words.rules) {
    std::string wrong;
    const auto read = transport::parse_rule(text, wrong);
    if (!read) {
      error = "--chaos '" + printable(text) + "': " + wrong;
      return std::nullopt;
    }
    result.rules.push_back(*read);
  }
  if (!transport::is_loopback(listen.address)) {
    error = "--chaos listens on this machine only: --listen 127.0.0.1:PORT";
    return std::nullopt;
  }
  if (words.upstream.empty()) return result;
  const auto upstream = parse_endpoint(words.upstream);
  if (!upstream || upstream->port == 0 || !transport::is_loopback(upstream->address)) {
    error =
        "--upstream wants the ADDRESS:PORT of a server on this machine, for example "
        "127.0.0.1:8080";
    return std::nullopt;
  }
  result.upstream = *upstream;
  return result;
}

}  // namespace halley::cli
