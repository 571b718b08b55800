#include "fuzz/grammars/http_deviations.hpp"

#include <span>
#include <vector>

namespace halley::fuzz {

const std::vector<http_deviation>& http_deviations() {
  static const auto all = [] {
    std::vector<http_deviation> rows;
    for (const auto table : {start_line_deviations(), field_deviations(), framing_deviations()})
      rows.insert(rows.end(), table.begin(), table.end());
    return rows;
  }();
  return all;
}

}  // namespace halley::fuzz
