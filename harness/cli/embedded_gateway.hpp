#pragma once

#include "reference-server/profile.hpp"
#include "scenario/profile.hpp"

#include <memory>
#include <set>
#include <string>

namespace halley::cli {

/// The profile of the reference gateways that listen there, and of a reference client.
scenario::profile gateway_profile(const gateway::addresses& where);

/// The reference gateway on a thread of its own, on a free loopback port: the target of a run that
/// names none. Its thread is its own so that a slow gateway never looks like a slow harness.
class embedded_gateway {
public:
  embedded_gateway();
  ~embedded_gateway();
  embedded_gateway(const embedded_gateway&) = delete;
  embedded_gateway& operator=(const embedded_gateway&) = delete;

  /// Returns: a message on failure, else empty.
  std::string start(const std::set<std::string>& mutants);
  gateway::addresses where() const;

private:
  class running;
  std::unique_ptr<running> running_;
};

}  // namespace halley::cli
