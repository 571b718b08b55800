#include "fuzz/gateway_talks/script.hpp"

#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "base/units.hpp"
#include "clock/clock.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/gateway_talks/pieces.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_clients = 3;
constexpr std::size_t most_origins = 2;
constexpr std::size_t most_deeds = 24;
constexpr std::uint32_t most_free = 256;  // octets of one piece, in two draws: length, octets
constexpr auto lengths = std::to_array<duration>({1ms, 10ms, 150ms, 1s, 6s, 31s});
constexpr auto segments = std::to_array<std::size_t>({0, 0, 0, 1, 2, 7, 100});

// What the first draw of a deed means.
enum class drawn : std::uint8_t { end, free, piece, origin_piece, pause, await, rest, half_close };
constexpr std::uint32_t drawn_kinds = 8;
static_assert(static_cast<std::uint32_t>(drawn::half_close) + 1 == drawn_kinds);

duration draw_length(choices& from) {
  return lengths.at(from.draw(lengths.size()));
}

octets draw_free(choices& from) {
  octets result(from.draw(most_free), '\0');
  for (char& one : result)
    one = static_cast<char>(from.draw(256));
  return result;
}

deed written(octets data, choices& from) {
  deed result{deed::kind::write, std::move(data), segments.at(from.draw(segments.size()))};
  // Each octet by itself only where there are few.
  if (result.segment != 0) result.segment = std::max(result.segment, result.data.size() / 64);
  return result;
}

/// Returns: whether there is a further one.
bool read_deed(choices& from, side_script& into) {
  switch (static_cast<drawn>(from.draw(drawn_kinds))) {
    case drawn::end:
      return false;
    case drawn::free:
      into.deeds.push_back(written(draw_free(from), from));
      break;
    case drawn::piece:
      into.deeds.push_back(written(client_piece(from), from));
      break;
    case drawn::origin_piece:
      into.deeds.push_back(written(origin_piece(from), from));
      break;
    case drawn::pause:
      into.deeds.push_back({.what = deed::kind::pause, .data = {}, .length = draw_length(from)});
      break;
    case drawn::await:
      into.deeds.push_back({.what = deed::kind::await, .data = {}, .length = draw_length(from)});
      break;
    case drawn::rest:
      into.deeds.push_back({.what = deed::kind::rest, .data = {}, .length = draw_length(from)});
      break;
    case drawn::half_close:
      into.deeds.push_back({.what = deed::kind::half_close, .data = {}});
      break;
  }
  return true;
}

side_script read_side(choices& from) {
  side_script result;
  const auto begins = from.draw(lengths.size() + 1);
  if (begins != 0) result.begins = lengths.at(begins - 1);
  result.how = static_cast<leave>(from.draw(4));
  while (result.deeds.size() < most_deeds && read_deed(from, result)) {
  }
  return result;
}

std::string to_text(const deed& one) {
  switch (one.what) {
    case deed::kind::write:
      return "  write " + std::to_string(one.data.size()) + " by " + std::to_string(one.segment) +
             ": " + printable(one.data, 2000);
    case deed::kind::pause:
      return "  pause " + duration_text(one.length);
    case deed::kind::await:
      return "  await at most " + duration_text(one.length);
    case deed::kind::rest:
      return "  do not read for " + duration_text(one.length);
    case deed::kind::half_close:
      return "  half-close";
  }
  return {};
}

std::string to_text(const side_script& side) {
  constexpr auto endings = std::to_array<const char*>(
      {"stay until left", "half-close and stay until left", "close", "reset"});
  std::string result = " after " + duration_text(side.begins) + '\n';
  for (const deed& one : side.deeds)
    result += to_text(one) + '\n';
  return result + "  " + endings.at(static_cast<std::size_t>(side.how)) + '\n';
}

}  // namespace

gateway_script read_script(choices from) {
  gateway_script result;
  result.settings = static_cast<gateway_script::configuration>(from.draw(3));
  const auto origins = from.draw(most_origins + 1);
  while (result.clients.size() < most_clients && !from.exhausted())
    result.clients.push_back(read_side(from));
  // Behind the clients: who has no use for an origin wastes nothing on it.
  while (result.origins.size() < origins)
    result.origins.push_back(read_side(from));
  return result;
}

octets script_octets(const std::vector<std::vector<octets>>& clients) {
  octets result(2, '\0');
  const auto add = [&result](std::uint32_t one) { result += static_cast<char>(one); };
  for (std::size_t i = 0; i < std::min(clients.size(), most_clients); ++i) {
    add(0);  // begins at once
    add(static_cast<std::uint32_t>(leave::when_left));
    std::size_t deeds = 0;
    for (const octets& piece : clients[i]) {
      for (std::size_t at = 0; at < piece.size() && deeds < most_deeds; at += most_free - 1) {
        const octets part = piece.substr(at, most_free - 1);
        add(static_cast<std::uint32_t>(drawn::free));
        add(static_cast<std::uint32_t>(part.size()));
        result += part;
        add(0);  // whole
        ++deeds;
      }
      if (deeds++ >= most_deeds) continue;
      add(static_cast<std::uint32_t>(drawn::await));
      add(1);
    }
    if (deeds < most_deeds) add(static_cast<std::uint32_t>(drawn::end));
  }
  return result;
}

std::string to_text(const gateway_script& script) {
  constexpr auto settings = std::to_array<const char*>({"usual", "restricted", "impatient"});
  std::string result = "gateway: ";
  result += settings.at(static_cast<std::size_t>(script.settings));
  result += '\n';
  for (const side_script& one : script.clients)
    result += "client" + to_text(one);
  for (const side_script& one : script.origins)
    result += "origin" + to_text(one);
  return result;
}

}  // namespace halley::fuzz
