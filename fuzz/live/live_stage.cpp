#include "fuzz/live/live_stage.hpp"

#include "clock/clock.hpp"
#include "engine/child_process.hpp"
#include "engine/target.hpp"
#include "fuzz/live/holding.hpp"
#include "fuzz/live/scenario_play.hpp"
#include "fuzz/live/stands.hpp"
#include "fuzz/oracles/crash_words.hpp"
#include "fuzz/outcome.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace halley::fuzz {
namespace {

/// Of a log, between two looks.
constexpr std::size_t most_log = std::size_t{1} << 20U;
/// Of a target that ended.
constexpr int most_starts = 2;

std::string words_of(const engine::process_end& end) {
  return end.signal != 0 ? "ended by signal " + std::to_string(end.signal)
                         : "exited with code " + std::to_string(end.code);
}

}  // namespace

live_stage::live_stage(scenario::profile profile,
                       std::filesystem::path directory,
                       std::uint64_t seed)
    : profile_(std::move(profile)),
      directory_(std::move(directory)),
      seed_(seed),
      runtime_(context_, seed) {
}

live_stage::~live_stage() = default;

std::string live_stage::start() {
  const auto folder = directory_ / std::to_string(++starts_);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return folder.string() + ": " + failed.message();
  if (profile_.start && coverage_.path().empty()) {
    const auto unmapped = coverage_.open(directory_ / "coverage");
    if (!unmapped.empty()) return unmapped;
    profile_.start->env.emplace_back(coverage_map::variable, coverage_.path().string());
  }
  target_ = std::make_unique<engine::target>(runtime_, profile_, folder);
  log_read_ = 0;
  std::string problem;
  const auto begin = [](engine::target& which, std::string& into) -> awaitable<void> {
    into = co_await which.start();
  };
  wait_for(begin(*target_, problem));
  // To start already takes an edge or two.
  tells_ = profile_.start && coverage_.take_new() > 0;
  if (problem.empty()) stands_ = stands_of(*target_, "fuzz");
  return problem;
}

void live_stage::stop() {
  if (target_) wait_for(target_->stop());
}

void live_stage::wait_for(awaitable<void> work) {
  bool over = false;
  std::exception_ptr bug;
  boost::asio::co_spawn(context_, std::move(work), [&](std::exception_ptr error) {
    bug = std::move(error);
    over = true;
  });
  run([&] { return over; });
  if (bug) std::rethrow_exception(bug);
}

void live_stage::run(const std::function<bool()>& done) {
  const auto waiting = boost::asio::make_work_guard(context_);
  context_.restart();
  // All that is ready before the next look: each run of a context has its own memory to reuse.
  while (!done())
    if (context_.run_one() != 0) context_.poll();
}

/// What the log says since the last look.
std::string live_stage::new_log_text() {
  std::ifstream in(target_->log(), std::ios::binary);
  in.seekg(static_cast<std::streamoff>(log_read_));
  std::string text(most_log, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  log_read_ += text.size();
  return text;
}

std::size_t live_stage::new_coverage() {
  return tells_ ? coverage_.take_new() : 0;
}

/// Each play has a ${key} of its own: the target has not forgotten the one before.
outcome live_stage::play(const std::shared_ptr<const scenario::scenario>& what,
                         const watcher& tell) {
  return play_scenario(what, {runtime_, *target_, false, seed_ + plays_++,
                              [this](const std::function<bool()>& done) { run(done); }, tell});
}

std::string live_stage::crashed() {
  if (!target_ || !profile_.start) return {};
  const auto reports = crashes_in(new_log_text());
  const auto certain = std::ranges::find_if(reports, &crash::certain);
  const auto end = target_->ended();
  if (!end && certain == reports.end()) return {};
  // A trace that alone may be ordinary says where a target died that did.
  std::string how = certain != reports.end() ? certain->key : words_of(*end);
  if (certain == reports.end() && !reports.empty()) how += ": " + reports.front().key;
  try {
    restart();
  } catch (const target_lost& lost) {
    throw target_lost("the target " + how + "; " + lost.what());
  }
  return how;
}

std::optional<holding> live_stage::held() {
  return target_ && profile_.start ? held_by(target_->pid()) : std::nullopt;
}

bool live_stage::restart() {
  if (!profile_.start) return false;
  std::string problem;
  // What is left of the one that ended may hold its port for a moment.
  for (int tries = 0; tries < most_starts; ++tries) {
    stop();
    problem = start();
    if (problem.empty()) return true;
  }
  stop();
  throw target_lost("it does not start again: " + problem);
}

}  // namespace halley::fuzz
