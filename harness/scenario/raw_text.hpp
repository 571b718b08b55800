#pragma once

#include "scenario/load.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halley::scenario {

/// The lines of `text` without their line ends.
std::vector<std::string_view> lines_of(std::string_view text);

/// Where the first octet stands that belongs to no UTF-8 character. Source: RFC 3629 §4.
std::optional<std::size_t> first_not_utf8(std::string_view text);

/// What a YAML parser would forgive or misread: octets that are no UTF-8, control characters, tabs
/// that indent. A tab inside of a block scalar is content and stays.
/// Returns: whether all is well; else `problems` has grown.
bool check_raw_text(std::string_view text,
                    const std::shared_ptr<const std::string>& file,
                    std::vector<problem>& problems);

}  // namespace halley::scenario
