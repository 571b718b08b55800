#pragma once

#include "fuzz/exporter.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/live/suspicion.hpp"

#include <cstdint>
#include <filesystem>

namespace halley::fuzz {

/// Writes `what` to FOLDER/found/GRAMMAR-HASH.scenario.yaml, reads it back as any scenario file is
/// read, and plays it to the target it was found at, where it has to fail.
exported keep_proof(const proof& what,
                    std::uint64_t seed,
                    const std::filesystem::path& folder,
                    stage& on);

}  // namespace halley::fuzz
