#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <string>

namespace halley::reports {

/// `text` without ANSI escape sequences (CSI, OSC and two-character ones, ECMA-48 §5.3, §5.6) and
/// with everything replaced that XML 1.0 §2.2 does not allow: ill-formed UTF-8, most control
/// characters, U+FFFE, U+FFFF become U+FFFD.
std::string to_xml_characters(octet_view text);

/// to_xml_characters, with & < > " ' and, for attributes, tab and line ends as references.
std::string xml_text(octet_view text);
std::string xml_attribute(octet_view text);

/// One line of text for Markdown: printable, with the characters that format or open HTML escaped.
std::string markdown_text(octet_view text, std::size_t limit = 400);

/// Columns that well-formed UTF-8 text takes on a terminal: its code points.
std::size_t columns(octet_view text);

/// `text` with spaces up to `width` columns.
std::string padded(std::string text, std::size_t width);

}  // namespace halley::reports
