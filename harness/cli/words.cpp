#include "cli/words.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace halley::cli {

const std::vector<explained_word>& words() {
  static const std::vector<explained_word> table = {
      {"pass", "verdict", "Nothing was violated."},
      {"info", "verdict", "A survey's answer, or one that departs from a MAY only: recorded."},
      {"warn", "verdict",
       "Only SHOULDs were violated. With --strict it counts as a failure; the word stays."},
      {"fail", "verdict", "A MUST was violated."},
      {"skip", "verdict", "Not judged, for a reason of a closed list."},
      {"error", "verdict", "The run itself went wrong; nothing is said about the target."},
      {"not-applicable", "skip reason", "The profile says that the target cannot do it."},
      {"not-applicable-probed", "skip reason",
       "Nobody declared the capability; a probe found that the target lacks it."},
      {"blocked", "skip reason",
       "The setup failed, or a scenario that this one comes after did not pass."},
      {"filtered", "skip reason", "The command line left it out."},
      {"disabled", "skip reason", "The baseline says skip."},
      {"unsupported-here", "skip reason",
       "This machine cannot play it: a program or a right is missing."},
      {"invalid-scenario", "error cause", "The scenario cannot be played as it is written."},
      {"target-start", "error cause", "The target did not become ready."},
      {"target-died", "error cause",
       "The target ended while instances ran. The one that was running fails as well, variant "
       "crashed."},
      {"harness-bug", "error cause", "Our own octets or our own code broke a rule of ours."},
      {"resource", "error cause", "Ports, files, memory or capture rights ran out."},
      {"interrupted", "error cause", "The instance started and never ended."},
      {"inconclusive", "error cause",
       "The evidence cannot decide: we were too slow ourselves, or a reset may have thrown away "
       "what the answer depends on."},
      {"flaky", "status", "It passed only when it was played again; the first failure is kept."},
      {"xfail", "status", "It failed as the baseline expects."},
      {"xpass", "status", "It passed although the baseline expects a failure."},
      {"0", "exit code", "Nothing was found."},
      {"1", "exit code", "A conformance finding."},
      {"2", "exit code", "Wrong usage, or an invalid file."},
      {"3", "exit code", "Infrastructure: a target, a file or a shard is missing."},
      {"4", "exit code", "Nothing ran: everything was skipped or filtered."},
      {"5", "exit code", "An internal bug."},
      {"130", "exit code", "Interrupted by the user; reports were still written."},
  };
  return table;
}

const explained_word* find_word(std::string_view word) {
  const auto& table = words();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& one) { return one.word == word; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace halley::cli
