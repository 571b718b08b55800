#include "checks/all_checks.hpp"

#include "checks/finding.hpp"
#include "checks/http1_checks.hpp"
#include "checks/sse_checks.hpp"
#include "checks/websocket_checks.hpp"
#include "trace/event.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <vector>

namespace halley::checks {

const std::vector<check>& all_checks() {
  static const std::vector<check> list = {
      http1_syntax(), http1_semantics(), websocket_handshake(), websocket_frames(), event_streams(),
  };
  return list;
}

std::vector<finding> judge(const std::vector<trace::event>& connection, const context& about) {
  std::vector<finding> result;
  for (const check& one : all_checks())
    std::ranges::move(one.run(connection, about), std::back_inserter(result));
  std::ranges::sort(result, {},
                    [](const finding& one) { return std::tie(one.off, one.broken.id); });
  return result;
}

}  // namespace halley::checks
