#pragma once

#include "reference-server/mutants.hpp"

#include <span>

namespace halley::gateway {

/// The deviations of the reference client; their names begin with "client-".
std::span<const mutant> client_mutants();

}  // namespace halley::gateway
