#include "reference-server/comet_log.hpp"

#include "base/bytes.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ratio>
#include <utility>

namespace halley::gateway {

void comet_log::add(comet_event one) {
  events_.push_back(std::move(one));
  if (events_.size() > limit_) events_.pop_front();
}

nlohmann::json comet_log::of(octet_view key) const {
  auto result = nlohmann::json::array();
  for (const comet_event& one : events_) {
    if (one.key != key) continue;
    nlohmann::json entry = {{"connection", one.connection}, {"event", one.name}};
    if (!one.subtype.empty()) entry["subtype"] = one.subtype;
    if (one.name == "READ") entry["octets"] = one.octets_read;
    if (!one.handle.empty()) entry["handle"] = one.handle;
    entry["t"] = std::chrono::duration<double, std::milli>(one.at).count();
    result.push_back(std::move(entry));
  }
  return result;
}

std::size_t comet_log::count(octet_view key, octet_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      events_, [&](const comet_event& one) { return one.key == key && one.name == name; }));
}

}  // namespace halley::gateway
