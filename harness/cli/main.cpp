#include "base/version.hpp"

#include <cstdio>
int main() {
  std::puts(halley::program_version);
}
