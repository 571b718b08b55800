#pragma once

#include "fuzz/model.hpp"

#include <span>
#include <string_view>

namespace halley::fuzz {

/// Every model there is.
std::span<const model_entry> all_models();

/// The model of that name, or null.
const model_entry* find_model(std::string_view name);

}  // namespace halley::fuzz
