#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace halley::gateway {

/// BEGIN, (READ | ERROR/TIMEOUT)*, then exactly one END or other ERROR.
struct comet_event {
  octets key;
  std::uint64_t connection = 0;
  std::string name;
  std::string subtype;  // empty = none
  std::size_t octets_read = 0;
  octets handle;  // of BEGIN: names the stream to those who write to it
  instant at{0};
};

/// The lifecycle of Comet connections, kept for those who ask: bounded, the oldest goes first.
class comet_log {
public:
  explicit comet_log(std::size_t limit) : limit_(limit) {}

  void add(comet_event one);
  /// The events of the connections with that key, as a JSON array.
  nlohmann::json of(octet_view key) const;
  /// How many events of that name those connections have.
  std::size_t count(octet_view key, octet_view name) const;

private:
  std::size_t limit_;
  std::deque<comet_event> events_;
};

}  // namespace halley::gateway
