#pragma once

#include "cli/run_options.hpp"
#include "reports/console.hpp"

#include <memory>
#include <ostream>

namespace halley::cli {

/// The live display that the options and the terminal ask for.
std::unique_ptr<reports::console_reporter> make_console(const run_options& options,
                                                        std::ostream& out);

}  // namespace halley::cli
