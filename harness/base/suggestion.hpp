#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace halley {

/// " (did you mean 'x'?)" for the name in `known` that is nearest to `name` by edits (insert,
/// delete, replace, swap neighbours); empty where none is near. The first of equals wins.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

}  // namespace halley
