#include "cli/simulated_trial.hpp"

#include "cli/embedded_driver.hpp"
#include "cli/embedded_gateway.hpp"
#include "cli/mutant_names.hpp"
#include "cli/simulated_world.hpp"
#include "clock/clock.hpp"
#include "engine/suite.hpp"
#include "engine/target.hpp"
#include "scenario/scenario.hpp"
#include "trace/event.hpp"
#include "trace/json_lines.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::cli {
namespace {

using nlohmann::json;

/// Reads from the notes of a run which instances failed, and why.
class failure_reader {
public:
  void operator()(const trace::event& one) {
    const auto* note = std::get_if<trace::note>(&one.what);
    if (note == nullptr) return;
    if (note->name == "check") {
      violated_[one.instance].insert(requirement_of(note->fields));
    } else if (note->name == "instance.end") {
      auto verdict = note->fields.value("verdict", "");
      if (verdict == "fail" || verdict == "warn" || verdict == "error")
        failed_.push_back({one.instance, note->fields.value("scenario", ""), std::move(verdict),
                           std::move(violated_[one.instance])});
      violated_.erase(one.instance);
    }
  }

  std::vector<trial_failure> take() { return std::move(failed_); }

private:
  static std::string requirement_of(const json& check) {
    const auto ledger = check.value("ledger", "");
    return ledger.empty() ? check.value("requirement", "") : ledger;
  }

  std::map<std::string, std::set<std::string>> violated_;
  std::vector<trial_failure> failed_;
};

awaitable<void> play_started(engine::target& target, engine::suite& suite) {
  const std::string problem = co_await target.start();
  if (!problem.empty()) throw std::logic_error("the reference target: " + problem);
  co_await suite.run();
  co_await target.stop();
}

}  // namespace

std::vector<trial_failure> play(const simulated_trial& how,
                                std::vector<scenario::instance> instances) {
  const auto mutants = split_mutants(how.mutants);
  simulated_world world(how.seed, how.networks, mutants.gateway);
  engine::target target(world.runtime(), gateway_profile(world.where()), {});
  target.drive_with(std::make_shared<embedded_driver>(world.client_runtime(), mutants.client));
  trace::event_log nowhere;
  failure_reader reader;
  engine::suite_settings settings;
  settings.seed = how.seed;
  settings.jobs = 1;
  settings.exact_time = true;
  settings.heed_after = false;  // a mutant may break both, and each has to see it
  settings.trace = engine::trace_choice::none;
  settings.surround = [&](const scenario::instance& what) {
    return world.surround(what.id, what.of->vary_network);
  };
  engine::suite suite(world.runtime(), target, std::move(instances), std::move(settings),
                      {nowhere, nullptr, [&](const trace::event& one) { reader(one); }});
  world.play(play_started(target, suite));
  return reader.take();
}

}  // namespace halley::cli
