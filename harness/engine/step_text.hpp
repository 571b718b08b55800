#pragma once

#include "scenario/scenario.hpp"

#include <string>

namespace halley::engine {

/// A step in short, as the file says it; whoever shows it makes it printable: "send ws.frame",
/// "expect close-1002 | dropped".
std::string step_text(const scenario::step& one);

}  // namespace halley::engine
