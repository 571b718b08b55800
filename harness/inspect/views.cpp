#include "inspect/views.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/event_line.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/inspect_text.hpp"
#include "inspect/verdict.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::inspect {
namespace {

using capture::side;
using std::chrono::nanoseconds;

constexpr std::size_t most_lines = 100'000;
constexpr std::size_t most_octets = std::size_t{64} * 1024 * 1024;
constexpr std::size_t text_columns = 60;

std::string seconds_text(nanoseconds t) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%12.6f", static_cast<double>(t.count()) / 1e9);
  return text.data();
}

const char* arrow(side from) {
  return from == side::client ? "─▶" : "◀─";
}

/// `text` with spaces up to `width` columns; it is well-formed UTF-8.
std::string padded(std::string text, std::size_t width) {
  const auto columns = static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  if (columns < width) text.append(width - columns, ' ');
  return text;
}

std::string frame_text(std::uint64_t frame) {
  return frame == 0 ? "" : "  #" + grouped(frame);
}

/// What a view shows of an event that fits its filter.
std::optional<event_line> line_of(const capture::flow_opening& flow,
                                  const seen_event& one,
                                  const view_choice& choice) {
  auto line = describe(one, choice.how);
  if (!line) return line;
  line->facts.flow = flow.number;
  if (!choice.filter.fits(line->facts)) return std::nullopt;
  return line;
}

/// The octets of a head begin where the event does; those of a payload end where it does.
std::string hex_of(const event_line& line, const seen_event& one) {
  const octet_view data = line.facts.text;
  const std::uint64_t end = one.what.off + one.what.len;
  return hex_rows(data, end >= data.size() ? end - data.size() : 0);
}

std::string mark_of(const flow_finding& one) {
  const char* sign = one.weight == severity::violation ? "✗"
                     : one.weight == severity::should  ? "!"
                                                       : "·";
  return std::string("  ") + sign + " " + one.broken.ref + " " + one.broken.says;
}

}  // namespace

void conversation_view::see(const capture::flow_opening& flow, const seen_event& one) {
  auto shown = line_of(flow, one, choice_);
  if (!shown) return;
  if (lines_.size() >= most_lines || size_ >= most_octets) {
    ++left_out_;
    return;
  }
  line kept;
  kept.t = one.what.t - flow.at.t;
  kept.from = one.from;
  kept.off = one.what.off;
  kept.end = one.what.off + std::max<std::uint64_t>(one.what.len, 1);
  kept.frame = one.frame;
  kept.depth = one.depth;
  kept.what = std::move(shown->what);
  if (choice_.how.hex) kept.hex = hex_of(*shown, one);
  size_ += kept.what.size() + kept.hex.size() + sizeof kept;
  lines_.push_back(std::move(kept));
}

/// The line that covers the finding, or else the last one before it; behind all where none is.
std::size_t conversation_view::place_of(const flow_finding& one) const {
  std::size_t before = lines_.size();
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const line& shown = lines_[i];
    if (shown.from != one.by || shown.depth != one.depth || shown.off > one.off) continue;
    if (one.off < shown.end) return i;
    before = i;
  }
  return before;
}

std::string conversation_view::text(const flow_verdict& verdict) const {
  std::vector<std::vector<const flow_finding*>> marks(lines_.size() + 1);
  for (const flow_finding& one : verdict.findings) {
    marks[place_of(one)].push_back(&one);
  }
  std::string text = flow_line(verdict) + "\n";
  nanoseconds last{0};
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const line& one = lines_[i];
    if (one.t - last >= choice_.silence)
      text += "     ··· " + time_text(one.t - last) + " silence ···\n";
    last = one.t;
    text += seconds_text(one.t) + "  " + arrow(one.from) + " " + padded(one.what, text_columns) +
            frame_text(one.frame) + "\n" + one.hex;
    for (const flow_finding* found : marks[i])
      text += "               " + mark_of(*found) + "\n                   got " + found->got + "\n";
  }
  if (left_out_ > 0) text += "  … " + grouped(left_out_) + " more events\n";
  for (const flow_finding* found : marks.back())
    text += "  " + finding_line(*found) + "  " + name(found->by) + "+" + grouped(found->off) +
            frame_text(found->frame) + "\n";
  for (const omission& one : verdict.not_judged)
    text += "  not judged, " + (one.of ? name(*one.of) : std::string("both sides")) +
            " from octet " + grouped(one.behind) + " on: " + one.reason + "\n";
  return text;
}

void event_list::see(const capture::flow_opening& flow, const seen_event& one) {
  if (!first_) first_ = flow.at.t;
  const auto shown = line_of(flow, one, choice_);
  if (!shown) return;
  to_ << seconds_text(one.what.t - *first_) << "  " << padded(grouped(flow.number), 7) << " "
      << arrow(one.from) << " " << padded(shown->what, text_columns) << frame_text(one.frame)
      << '\n';
  if (choice_.how.hex) to_ << hex_of(*shown, one);
}

void silence_list::see(const seen_event& one) {
  const nanoseconds since = last_ ? *last_ : flow_.at.t;
  if (one.what.t - since >= choice_.silence)
    to_ << "connection " << grouped(flow_.number) << "  " << time_text(one.what.t - since)
        << " silence before " << seconds_text(one.what.t - flow_.at.t) << " s"
        << frame_text(one.frame) << '\n';
  last_ = one.what.t;
}

}  // namespace halley::inspect
