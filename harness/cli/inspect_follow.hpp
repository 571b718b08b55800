#pragma once

#include "capture/flow_sink.hpp"
#include "inspect/inspection.hpp"
#include "inspect/verdict.hpp"

#include <ostream>
#include <string>

namespace halley::cli {

/// Judges a capture that is still being written: as inspect_path, but waits for more at the file's
/// end, until SIGINT or SIGTERM, or until the pipe ends. What is cut short by the signal is not
/// there yet. `to` is flushed whenever nothing is left to be read.
inspect::inspection follow_path(const std::string& path,
                                inspect::inspect_choice choice,
                                std::ostream& to);

/// "        ✗ RFC 6455 §7.4.1  server: Close code 1005   connection 22  #3,417  server+147"
std::string found_line(const capture::flow_opening& flow, const inspect::flow_finding& one);

}  // namespace halley::cli
