#pragma once

#include "base/bytes.hpp"
#include "scenario/value.hpp"

namespace halley::draft {

/// Whether a text may stand in a file as it is: UTF-8 that shows what it is on any terminal, and
/// nothing that a reader would take for ${…}.
bool is_clean_text(octet_view data);

/// `data` as a scenario says octets: as text where that is possible, as {repeat: …} where it is
/// long and always the same octet, else as {hex: …}.
scenario::value octets_value(octet_view data);

}  // namespace halley::draft
