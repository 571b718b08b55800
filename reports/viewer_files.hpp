#pragma once

#include <string_view>

namespace halley::reports {

/// The files of reports/viewer, made part of the program when it is built: the page with @NAME@
/// where something is to be filled in, and what goes into it: what all pages share, and what is
/// their own.
extern const std::string_view viewer_page;
extern const std::string_view shared_style;
extern const std::string_view shared_script;
extern const std::string_view report_style;
extern const std::string_view report_script;
extern const std::string_view inspect_style;
extern const std::string_view inspect_script;

}  // namespace halley::reports
