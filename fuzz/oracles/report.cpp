#include "fuzz/oracles/report.hpp"

#include "checks/finding.hpp"
#include "trace/event.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace halley::fuzz {

void report::add(const checks::rule& broken,
                 std::string variant,
                 std::string expected,
                 std::string got,
                 const trace::event& shown) {
  const bool known = std::ranges::any_of(found_, [&](const reaction& one) {
    return one.what.broken.id == broken.id && one.variant == variant;
  });
  if (known) return;
  found_.push_back({.what = {.broken = broken,
                             .expected = std::move(expected),
                             .got = std::move(got),
                             .conn = shown.conn,
                             .dir = shown.dir,
                             .off = shown.off,
                             .len = shown.len,
                             .seq = shown.seq},
                    .variant = std::move(variant)});
}

}  // namespace halley::fuzz
