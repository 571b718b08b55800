#pragma once

#include "base/units.hpp"  // IWYU pragma: export

namespace halley::scenario {

using halley::duration_help;
using halley::parse_duration;
using halley::parse_size;
using halley::size_help;

}  // namespace halley::scenario
