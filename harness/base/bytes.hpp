#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace halley {

/// An owned sequence of octets. Text and binary are the same to us: the wire knows only octets.
using octets = std::string;

/// A borrowed sequence of octets.
using octet_view = std::string_view;

/// The octet at `index`, as the number 0–255 that RFCs speak of.
inline std::uint8_t octet_at(octet_view view, std::size_t index) {
  return static_cast<std::uint8_t>(view[index]);
}

}  // namespace halley
