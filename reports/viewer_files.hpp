#pragma once

#include <string_view>

namespace halley::reports {

/// The files of reports/viewer, made part of the program when it is built: the page with @NAME@
/// where something is to be filled in, and what goes into it.
extern const std::string_view viewer_page;
extern const std::string_view viewer_style;
extern const std::string_view viewer_script;

}  // namespace halley::reports
