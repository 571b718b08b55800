#include "fuzz/live/proof_file.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "fuzz/exporter.hpp"
#include "fuzz/grammars/corpus_file.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/exchange_scenario.hpp"
#include "fuzz/live/play_alone.hpp"
#include "fuzz/live/second_look.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/live/suspicion.hpp"
#include "fuzz/scenario_writer.hpp"
#include "scenario/load.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace halley::fuzz {
namespace {

namespace fs = std::filesystem;

/// The same finding has the same name.
std::string hash_of(const proof& what) {
  return name_of(stable_hash(what.smallest.at.contract + '\n' + what.key.requirement + '\n' +
                             what.key.variant + '\n' + sent_by(what.smallest)));
}

constexpr auto to_die = std::chrono::milliseconds(100);

/// Whether the file shows it. Returns: what is wrong with it, else nothing.
std::string confirm(const fs::path& file, bool is_crash, stage& on) {
  const auto library = scenario::load_library({}, {file});
  if (!library.problems.empty()) return to_text(library.problems.front());
  if (library.scenarios.size() != 1) return file.string() + ": no scenario was read";
  on.renew();
  auto ended = on.play(library.scenarios.front());
  // The target may have ended of what was played before, a moment ago.
  if (!is_crash && !ended.broken.empty() && !on.crashed().empty())
    ended = on.play(library.scenarios.front());
  if (is_crash) {
    // What is left of the play does not matter: its target may have died in the midst of it.
    wait_alone(on, to_die);
    return on.crashed().empty() ? file.string() + ": ends no target when it is read back" : "";
  }
  if (!ended.broken.empty()) return file.string() + ": " + ended.broken;
  if (!ended.found) return file.string() + ": passes when it is read back";
  return {};
}

exported keep_exchanges(const fs::path& folder,
                        const std::string& name,
                        const std::vector<exchange>& what) {
  exported result;
  result.file = folder / "found" / (name + std::string(exchange_suffix));
  std::error_code failed;
  fs::create_directories(result.file.parent_path(), failed);
  result.problem =
      failed ? result.file.string() + ": " + failed.message() : write_exchanges(result.file, what);
  return result;
}

}  // namespace

exported keep_proof(const proof& what, std::uint64_t seed, const fs::path& folder, stage& on) {
  exported result;
  if (!what.last.empty()) {
    octets all;
    for (const exchange& one : what.last)
      all += sent_by(one);
    return keep_exchanges(
        folder, what.key.requirement + "-" + name_of(stable_hash(what.key.variant + '\n' + all)),
        what.last);
  }
  if (what.by == nullptr) return result;
  const std::string grammar(what.by->name);
  const std::string hash = hash_of(what);
  const bool parting = second_look::is_kind(what.key.requirement) && what.shown.what.seq == 0;
  if (parting || what.at_a_time > 1) {
    // That two plays part, or what many at a time do, is nothing that one scenario can say.
    return keep_exchanges(folder, grammar + "-" + hash, {what.smallest});
  }
  result.file = folder / "found" / (grammar + "-" + hash + ".scenario.yaml");
  origin from;
  from.model = grammar;
  from.seed = seed;
  from.steps_before = what.acts_before;
  from.runs = what.plays;
  from.choices = what.drawn;
  const auto scenario = scenario_of(what, "found/" + grammar + "/" + hash);
  result.problem = write_whole(result.file, scenario.yaml(&from));
  if (!result.problem.empty()) return result;
  result.problem = confirm(result.file, what.key.requirement == crash, on);
  result.is_ours = !result.problem.empty();
  return result;
}

}  // namespace halley::fuzz
