#pragma once

#include "transport/path.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace halley::transport {

/// What the text of a rule looks like, for messages and help.
inline constexpr std::string_view rule_help =
    "a rule is [up|down|both] [N|N-M|N-]: SETTING,SETTING… or pass, refuse, drop; for example "
    "'down: delay=50ms,rate=64KiB/s', 'up 3-: reset-after=100', '1: refuse'";

/// No wait that a rule asks for is longer.
inline constexpr std::chrono::hours longest_wait{24};

/// Reads settings, "delay=50ms,rate=64KiB/s": delay, jitter, rate, segment, loss, slow-close, and
/// one of fin-after, reset-after, hold-after, vanish-after; each at most once. What other tools
/// call latency, bandwidth, slicer, half-close, limit-data, rst-after, reset-peer, blackhole and
/// timeout is understood, too.
/// Returns: nothing where `text` is no path; `error` then says what is wrong and what is allowed.
std::optional<path> parse_path(std::string_view text, std::string& error);

/// Reads a rule: a direction, connections ("3", "3-5", "3-"), a colon, each of them optional, then
/// settings or one of the words pass, refuse, drop.
/// Returns: nothing where `text` is no rule; `error` then says what is wrong and what is allowed.
std::optional<rule> parse_rule(std::string_view text, std::string& error);

/// The settings that `parse_path` reads back as `on`; empty where nothing happens.
std::string to_text(const path& on);

/// The text that `parse_rule` reads back as `one`. A rule that impairs nothing is written as pass.
std::string to_text(const rule& one);

}  // namespace halley::transport
