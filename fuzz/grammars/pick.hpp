#pragma once

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace halley::fuzz {

/// One of `among`, the first the simplest.
std::string_view pick(choices& from, std::span<const std::string_view> among);

/// True in one of `count` draws; false is the simplest.
bool once_in(choices& from, std::uint32_t count);

/// A number in [0, bound) for any bound: of a position in octets. 0 where bound is 0.
std::size_t draw_position(choices& from, std::size_t bound);

/// A size in octets of at most `most`: nearly always below 24, seldom where lengths change their
/// form, very seldom where buffers are full. Large ones take the time of hundreds of small ones.
std::size_t draw_payload_size(choices& from, std::size_t most);

/// `size` octets that can be told apart when they come back: letters, octets of every value,
/// UTF-8, or something that reads like a request.
octets draw_payload(choices& from, std::size_t size);

/// `size` octets of well-formed UTF-8.
octets draw_text(choices& from, std::size_t size);

}  // namespace halley::fuzz
