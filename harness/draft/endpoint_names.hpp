#pragma once

#include "base/bytes.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::draft {

/// An endpoint of a profile: its name, and its path, which may hold ${key}.
struct endpoint_name {
  std::string name;
  std::string path;
};

/// Which endpoint a request target is of.
struct named_target {
  std::string endpoint;
  /// The target as a scenario writes it: with ${target.NAME.path} where the endpoint's path is.
  std::string written;
};

/// Names endpoints by the paths of requests. All requests of one draft speak of one ${key}.
class endpoint_names {
public:
  explicit endpoint_names(std::vector<endpoint_name> known) : known_(std::move(known)) {}

  /// `family`: "ws" or "http". Returns: the endpoint with the longest path that `target` is, or
  /// that it is but for its query; without one the family's usual endpoint, the target as it is.
  named_target find(const std::string& family, octet_view target);

private:
  std::vector<endpoint_name> known_;
  std::optional<octets> key_;
};

}  // namespace halley::draft
