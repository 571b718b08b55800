// Property: none; every input fails. ci/fuzz runs this first, to see that a failure is reported.
#include "fuzz/targets/require.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* /*data*/, std::size_t size) {
  halley::fuzz::require(size > 65536, "what never holds");
  return 0;
}
