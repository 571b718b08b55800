#include "reference-server/comet_plan.hpp"

#include "base/bytes.hpp"
#include "reference-server/request.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace halley::gateway {
namespace {

constexpr std::uint64_t longest = 3'600'000;  // ms
constexpr std::uint64_t largest = std::uint64_t{64} << 20U;

std::optional<std::uint64_t> number_up_to(octet_view text, std::uint64_t most) {
  const auto number = parse_number(text);
  return number && *number <= most ? number : std::nullopt;
}

std::optional<comet_plan::point> point_of(octet_view word) {
  if (word == "begin") return comet_plan::point::begin;
  if (word == "read") return comet_plan::point::read;
  return std::nullopt;
}

bool read_end(octet_view word, comet_plan& into) {
  if (const auto point = point_of(word)) {
    into.ends = *point;
    return true;
  }
  const auto after = number_up_to(word, longest);
  if (after) into.ends_after = std::chrono::milliseconds(*after);
  return after.has_value();
}

bool read_failure(octet_view word, comet_plan& into) {
  const auto point = point_of(word);
  if (point) into.fails = *point;
  return point.has_value();
}

bool read_unread(octet_view word, comet_plan& into) {
  into.takes = word == "rest" ? 1 : 0;
  return word == "1" || word == "rest";
}

bool read_flood(octet_view word, comet_plan& into) {
  const auto size = number_up_to(word, largest);
  if (size) into.floods = *size;
  return size.has_value();
}

bool read_patience(octet_view word, comet_plan& into) {
  const auto length = number_up_to(word, longest);
  if (length) into.patience = std::chrono::milliseconds(*length);
  return length.has_value();
}

}  // namespace

std::optional<comet_plan> read_plan(const request& head) {
  comet_plan result;
  const auto good = [&](octet_view name, bool (*read)(octet_view, comet_plan&)) {
    const auto word = head.parameter(name);
    return !word || read(*word, result);
  };
  const bool all = good("close", read_end) && good("fail", read_failure) &&
                   good("unread", read_unread) && good("flood", read_flood) &&
                   good("patience", read_patience);
  return all ? std::optional(result) : std::nullopt;
}

}  // namespace halley::gateway
