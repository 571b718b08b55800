#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/scenario_writer.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace halley::fuzz {

/// A command and how often it is drawn beside others.
template <class Command>
struct weighted {
  Command what;
  std::uint32_t weight;
};

/// The first draw of a step: nothing where it is 0, which ends the sequence, else one of `among`,
/// the first the simplest.
template <class Command>
std::optional<Command> draw_command(choices& from, std::span<const weighted<Command>> among) {
  std::uint32_t all = 1;
  for (const auto& one : among)
    all += one.weight;
  std::uint32_t drawn = from.draw(all);
  if (drawn == 0) return std::nullopt;
  --drawn;
  for (const auto& one : among) {
    if (drawn < one.weight) return one.what;
    drawn -= one.weight;
  }
  return std::nullopt;
}

/// A size in octets at most `most`: small ones, sizes where encodings change, any below 512.
std::uint32_t draw_size(choices& from, std::uint32_t most);

/// Octets that a scenario describes rather than holds: `size` of `pattern`.
value patterned(const std::string& pattern, std::uint32_t size, std::uint32_t seed = 0);

/// Whether the next `size` octets go out in segments, and of which size; 0 = whole.
std::uint32_t draw_segment(choices& from, std::uint32_t size);

}  // namespace halley::fuzz
