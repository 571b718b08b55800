#include "fuzz/live/growth_watch.hpp"

#include "fuzz/live/holding.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace halley::fuzz {
namespace {

std::string mebibytes(std::uint64_t octets) {
  return std::to_string(octets >> 20U) + " MiB";
}

}  // namespace

std::optional<growth_watch::verdict> growth_watch::look(const holding& now) {
  if (now.who != first_.who) {
    first_ = now;
    memory_over_ = descriptors_over_ = 0;
    return std::nullopt;
  }
  memory_over_ = has_much_memory(now) ? memory_over_ + 1 : 0;
  descriptors_over_ = has_many_descriptors(now) ? descriptors_over_ + 1 : 0;
  if (descriptors_over_ >= limits_.looks)
    return verdict{"descriptors-grow",
                   "at most " + std::to_string(limits_.descriptors) + " descriptors more than " +
                       std::to_string(first_.descriptors) + " where no connection is open",
                   std::to_string(now.descriptors) + " descriptors"};
  if (memory_over_ >= limits_.looks)
    return verdict{"memory-grows",
                   "at most " + mebibytes(limits_.memory) + " more than " +
                       mebibytes(first_.memory) + " where no connection is open",
                   mebibytes(now.memory)};
  return std::nullopt;
}

bool growth_watch::is_over(const holding& now) const {
  return now.who == first_.who && (has_much_memory(now) || has_many_descriptors(now));
}

void growth_watch::gave_back(const holding& most) {
  memory_over_ = descriptors_over_ = 0;
  if (most.memory > first_.memory)
    limits_.memory = std::max(limits_.memory, 2 * (most.memory - first_.memory));
  if (most.descriptors > first_.descriptors)
    limits_.descriptors =
        std::max(limits_.descriptors, 2 * (most.descriptors - first_.descriptors));
}

}  // namespace halley::fuzz
