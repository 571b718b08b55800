#include "cli/inspect_follow.hpp"

#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "cli/follow_watch.hpp"
#include "inspect/inspect_text.hpp"
#include "inspect/inspection.hpp"
#include "inspect/verdict.hpp"

#include <ostream>
#include <string>

namespace halley::cli {

inspect::inspection follow_path(const std::string& path,
                                inspect::inspect_choice choice,
                                std::ostream& to) {
  inspect::idle_bell bell;
  choice.idle = &bell;
  choice.judge_all = true;  // there is no second pass
  follow_watch watch(path, [&] {
    if (bell.ring) bell.ring();
    to.flush();
  });
  capture::capture_file file;
  inspect::inspection result;
  if (file.open(path, [&](int source, bool at_end) { return watch.wait(source, at_end); }))
    result = inspect::inspect_file(file, choice);
  else
    result.problem = file.problem();
  result.file = path;
  if (watch.stopped()) result.truncated = false;
  return result;
}

std::string found_line(const capture::flow_opening& flow, const inspect::flow_finding& one) {
  return "            " + inspect::finding_line(one) + "   connection " +
         inspect::grouped(flow.number) +
         (one.frame == 0 ? "" : "  #" + inspect::grouped(one.frame)) + "  " +
         inspect::name(one.by) + "+" + inspect::grouped(one.off);
}

}  // namespace halley::cli
