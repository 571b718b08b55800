#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

// For fuzz targets alone.
namespace halley::fuzz {

/// Ends the process where a property does not hold: that is what a fuzzer looks for.
inline void require(bool holds, const std::string& property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", property.c_str());
  std::abort();
}

}  // namespace halley::fuzz
