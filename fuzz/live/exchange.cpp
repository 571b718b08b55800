#include "fuzz/live/exchange.hpp"

#include "base/bytes.hpp"

namespace halley::fuzz {

octets sent_by(const exchange& what) {
  octets result;
  for (const act& one : what.acts)
    if (one.what == act::kind::write) result += one.data;
  return result;
}

}  // namespace halley::fuzz
