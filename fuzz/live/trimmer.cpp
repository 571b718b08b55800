#include "fuzz/live/trimmer.hpp"

#include "base/bytes.hpp"
#include "fuzz/live/exchange.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

namespace halley::fuzz {
namespace {

using holds = std::function<bool(const exchange&)>;

bool take(exchange& what, exchange smaller, const holds& shows) {
  if (smaller == what || !shows(smaller)) return false;
  what = std::move(smaller);
  return true;
}

bool drop_acts(exchange& what, const holds& shows) {
  bool changed = false;
  for (std::size_t i = what.acts.size(); i-- > 0;) {
    exchange smaller = what;
    smaller.acts.erase(smaller.acts.begin() + static_cast<std::ptrdiff_t>(i));
    changed = take(what, std::move(smaller), shows) || changed;
  }
  return changed;
}

bool join_writes(exchange& what, const holds& shows) {
  bool changed = false;
  for (std::size_t i = what.acts.size(); i-- > 1;) {
    if (what.acts[i].what != act::kind::write || what.acts[i - 1].what != act::kind::write)
      continue;
    exchange smaller = what;
    smaller.acts[i - 1].data += smaller.acts[i].data;
    smaller.acts.erase(smaller.acts.begin() + static_cast<std::ptrdiff_t>(i));
    changed = take(what, std::move(smaller), shows) || changed;
  }
  return changed;
}

bool drop_span(
    exchange& what, std::size_t of, std::size_t at, std::size_t size, const holds& shows) {
  exchange smaller = what;
  smaller.acts[of].data.erase(at, size);
  return take(what, std::move(smaller), shows);
}

bool drop_lines(exchange& what, std::size_t of, const holds& shows) {
  bool changed = false;
  std::size_t at = 0;
  while (at < what.acts[of].data.size()) {
    const auto end = what.acts[of].data.find('\n', at);
    if (end == octets::npos) break;
    if (drop_span(what, of, at, end + 1 - at, shows))
      changed = true;
    else
      at = end + 1;
  }
  return changed;
}

/// Halves of what is left, then quarters, down to single octets.
bool drop_spans(exchange& what, std::size_t of, const holds& shows) {
  bool changed = false;
  for (std::size_t size = what.acts[of].data.size() / 2; size > 0; size /= 2) {
    std::size_t at = 0;
    while (at < what.acts[of].data.size()) {
      if (drop_span(what, of, at, std::min(size, what.acts[of].data.size() - at), shows))
        changed = true;
      else
        at += size;
    }
  }
  return changed;
}

}  // namespace

exchange trim(exchange what, const holds& shows) {
  bool changed = true;
  while (changed) {
    changed = drop_acts(what, shows);
    changed = join_writes(what, shows) || changed;
    for (std::size_t i = 0; i < what.acts.size(); ++i) {
      if (what.acts[i].what != act::kind::write) continue;
      changed = drop_lines(what, i, shows) || changed;
      changed = drop_spans(what, i, shows) || changed;
    }
  }
  return what;
}

}  // namespace halley::fuzz
