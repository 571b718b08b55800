#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace halley::scenario {

/// The text that the mapping of a YAML document has under `key`. What follows it is not looked at:
/// that makes this cheap, and says nothing of whether the document is good.
/// Returns: nothing where reading failed, or came to the end, before there was such a text.
/// Limits: those of yaml_limits.
std::optional<std::string> peek_yaml(const std::string& text, std::string_view key);

}  // namespace halley::scenario
