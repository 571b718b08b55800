#pragma once

namespace halley {

/// The program's version, as printed by `halley --version` and written into every report.
inline constexpr const char* program_version = "0.1.0";

}  // namespace halley
