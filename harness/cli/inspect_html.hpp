#pragma once

#include "capture/capture_file.hpp"
#include "inspect/inspection.hpp"
#include "reports/html.hpp"

#include <chrono>
#include <string>

namespace halley::cli {

/// The page about a capture for browsers (reports/html_page.hpp): its data is the document of
/// `--format json`, with conversations in blocks of their own, those of connections with findings
/// first. `file` is the one that `of` was learned from, and is read once more.
/// `silence`: the shortest that is shown.
/// Limits: html_limits; what is left out for them is said in the page.
std::string inspect_html(capture::capture_file& file,
                         const inspect::inspection& of,
                         std::chrono::nanoseconds silence,
                         const reports::html_limits& limits = {});

}  // namespace halley::cli
