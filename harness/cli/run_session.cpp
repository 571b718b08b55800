#include "cli/run_session.hpp"

#include "base/printable.hpp"
#include "cli/run_options.hpp"
#include "cli/run_record.hpp"
#include "cli/run_world.hpp"
#include "cli/subcommand.hpp"
#include "cli/target_choice.hpp"
#include "clock/clock.hpp"
#include "engine/suite.hpp"
#include "engine/suite_notes.hpp"
#include "engine/target.hpp"
#include "reports/kinds.hpp"
#include "scenario/baseline.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {

run_session::run_session(const run_options& options,
                         const command_context& context,
                         target_choice target,
                         std::vector<scenario::instance> instances,
                         std::vector<reports::report_request> reports)
    : context_(context),
      instances_(std::move(instances)),
      chosen_(std::move(target)),
      world_(*chosen_.world),
      record_(options, context, std::move(reports), world_.simulated()),
      signals_(world_.machine()) {
  const auto directory =
      std::filesystem::absolute(record_.folder()) / "targets" / chosen_.profile.name;
  target_ = std::make_unique<engine::target>(world_.runtime(), chosen_.profile, directory);
  if (chosen_.client) target_->drive_with(chosen_.client);
}

run_session::~run_session() = default;

void run_session::hold_against(scenario::baseline known) {
  record_.hold_against(std::move(known));
}

int run_session::run() {
  auto problem = record_.add_target_folder(target_->profile().name);
  if (problem.empty()) problem = record_.open(instances_.size());
  if (!problem.empty()) {
    context_.err << "error: " << printable(problem, 4096) << '\n';
    return exit_status::infrastructure;
  }
  record_.begin(world_.runtime().time());
  watch_signals();
  run_ending end;
  try {
    world_.play(play());
  } catch (const std::exception& error) {
    end.bug = error.what();
  }
  end.interrupted = interrupted_;
  end.failure = failure_;
  if (suite_) end.counts = suite_->counts();
  return record_.finish(end);
}

void run_session::watch_signals() {
  error_code ignored;
  signals_.add(SIGINT, ignored);
  signals_.add(SIGTERM, ignored);
  signals_.async_wait([this](error_code error, int) {
    if (error) return;
    interrupted_ = true;
    context_.err << "\ninterrupted: finishing; once more to stop at once\n";
    if (suite_) suite_->interrupt();
    // The second one meets the default action again; the event log is whole at any time.
    signals_.clear();
  });
}

awaitable<void> run_session::play() {
  const auto& name = target_->profile().name;
  record_.note("target.start", {{"target", name}});
  failure_ = co_await target_->start();
  if (!failure_.empty()) {
    record_.note("target.log", {{"target", name}, {"line", printable(failure_, 1000)}});
  } else {
    record_.note("target.ready", engine::ready_fields(*target_));
  }
  auto settings = record_.settings();
  settings.surround = [this](const scenario::instance& what) {
    return world_.surround(what.id, what.of->vary_network);
  };
  settings.unplayable = failure_;
  settings.absent = target_->absent();
  suite_ = std::make_unique<engine::suite>(world_.runtime(), *target_, std::move(instances_),
                                           std::move(settings), record_.outputs());
  if (interrupted_) suite_->interrupt();
  co_await suite_->run();
  co_await target_->stop();
}

}  // namespace halley::cli
