#pragma once

#include "transport/chaos_proxy.hpp"
#include "transport/transport.hpp"

#include <optional>
#include <string>
#include <vector>

namespace halley::cli {

/// What `halley serve` was told of a network in front of the server.
struct chaos_words {
  std::vector<std::string> rules;  ///< --chaos
  std::string upstream;            ///< --upstream; empty: the reference gateway

  bool any() const { return !rules.empty() || !upstream.empty(); }
};

/// "127.0.0.1:8080", "[::1]:0", "localhost:0". Returns: nothing for anything else.
std::optional<transport::endpoint> parse_endpoint(const std::string& text);

/// Returns: settings, the upstream empty where it is the gateway; nothing where a word is wrong,
/// and `error` says which.
std::optional<transport::chaos_settings> choose_chaos(const chaos_words& words,
                                                      const transport::endpoint& listen,
                                                      std::string& error);

}  // namespace halley::cli
