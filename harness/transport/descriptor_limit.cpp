#include "transport/descriptor_limit.hpp"

#include <algorithm>
#include <cstddef>
#include <sys/resource.h>

namespace halley::transport {

std::size_t want_descriptors(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t allowed = std::min<rlim_t>(wanted, limit.rlim_max);
  if (allowed > limit.rlim_cur) {
    const rlimit raised{allowed, limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit.rlim_cur = allowed;
  }
  return limit.rlim_cur;
}

}  // namespace halley::transport
