#include "engine/verdict.hpp"

#include "scenario/scenario.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace halley::engine {

std::string name(verdict one) {
  switch (one) {
    case verdict::pass:
      return "pass";
    case verdict::info:
      return "info";
    case verdict::warn:
      return "warn";
    case verdict::fail:
      return "fail";
    case verdict::skip:
      return "skip";
    case verdict::error:
      return "error";
  }
  return {};
}

std::string name(scenario::level one) {
  switch (one) {
    case scenario::level::must:
      return "MUST";
    case scenario::level::should:
      return "SHOULD";
    case scenario::level::may:
      return "MAY";
  }
  return {};
}

verdict judge(scenario::kind purpose, const std::vector<violation>& violations) {
  if (purpose == scenario::kind::survey) return verdict::info;
  verdict worst = verdict::pass;
  for (const auto& one : violations) {
    const auto adds = one.level == scenario::level::must     ? verdict::fail
                      : one.level == scenario::level::should ? verdict::warn
                                                             : verdict::info;
    worst = std::max(worst, adds);
  }
  return worst;
}

}  // namespace halley::engine
