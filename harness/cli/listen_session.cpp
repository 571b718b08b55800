#include "cli/listen_session.hpp"

#include "base/printable.hpp"
#include "cli/run_options.hpp"
#include "cli/run_record.hpp"
#include "cli/run_world.hpp"
#include "cli/script_connection.hpp"
#include "cli/subcommand.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "engine/handover_driver.hpp"
#include "engine/suite.hpp"
#include "engine/suite_notes.hpp"
#include "engine/target.hpp"
#include "reports/kinds.hpp"
#include "scenario/baseline.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"
#include "transport/transport.hpp"

#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

using nlohmann::json;

constexpr std::size_t most_connections = 64;
constexpr std::size_t most_agents = 256;
constexpr std::size_t agent_octets = 100;
constexpr duration accept_pause = std::chrono::milliseconds(50);
constexpr int not_found = 404;
constexpr int unavailable = 503;

/// A verdict in the words that test scripts know. Without a verdict nothing is held against the
/// client: the run's exit code tells of errors.
std::string behaviour_of(std::string_view verdict) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> words = {
      {{"pass", "OK"}, {"warn", "NON-STRICT"}, {"info", "INFORMATIONAL"}, {"fail", "FAILED"}}};
  for (const auto& [ours, theirs] : words)
    if (ours == verdict) return std::string(theirs);
  return "UNIMPLEMENTED";
}

/// Stands in a set as long as it lives.
template <typename T>
class listed {
public:
  listed(std::set<T*>& in, T& one) : in_(in), one_(&one) { in_.insert(one_); }
  ~listed() { in_.erase(one_); }
  listed(const listed&) = delete;
  listed& operator=(const listed&) = delete;

private:
  std::set<T*>& in_;
  T* one_;
};

/// What the reports call the client.
std::string agent_name(const script_request& request) {
  auto name = printable(request.value("agent"), agent_octets);
  return name.empty() ? "client" : name;
}

scenario::profile profile_of(const std::string& agent) {
  scenario::profile result;
  result.name = agent;
  result.roles = {"client"};
  result.capabilities = {{"ws.client", {scenario::capability_state::yes, ""}}};
  result.file = "command line";
  return result;
}

}  // namespace

listen_session::listen_session(const run_options& options,
                               const command_context& context,
                               std::vector<scenario::instance> cases,
                               std::vector<reports::report_request> reports,
                               listen_place place)
    : context_(context),
      cases_(std::move(cases)),
      place_(std::move(place)),
      json_(options.json),
      world_(make_real_world(std::stoull(options.seed))),
      record_(options, context, std::move(reports), false),
      signals_(world_->machine()),
      work_(std::make_shared<clock::tasks>(world_->runtime().get_executor(),
                                           world_->runtime().time())),
      news_(world_->runtime().time()) {
}

listen_session::~listen_session() = default;

void listen_session::hold_against(scenario::baseline known) {
  record_.hold_against(std::move(known));
}

/// Returns: a message where that cannot be, else empty.
std::string listen_session::open() {
  error_code error;
  listener_ = world_->runtime().listen(place_.where, error);
  if (error) return transport::to_string(place_.where) + ": " + error.message();
  auto problem = record_.open(0);
  return problem.empty() ? problem : printable(problem, 4096);
}

int listen_session::run() {
  if (const auto problem = open(); !problem.empty()) {
    context_.err << "error: " << problem << '\n';
    return exit_status::infrastructure;
  }
  const auto where = transport::to_string(listener_->local());
  const json again = {"halley", "listen", transport::to_string(place_.where)};
  record_.begin(world_->runtime().time(), json::object({{"reproduce", again}}));
  watch_signals();
  (json_ ? context_.err : context_.out) << cases_.size() << " cases at ws://" << where << '\n'
                                        << std::flush;
  run_ending end;
  try {
    world_->play(play());
  } catch (const std::exception& error) {
    end.bug = error.what();
  }
  end.interrupted = cut_short_;
  end.counts = counts_;
  return record_.finish(end);
}

void listen_session::watch_signals() {
  error_code ignored;
  signals_.add(SIGINT, ignored);
  signals_.add(SIGTERM, ignored);
  signals_.async_wait([this](error_code error, int) {
    if (error) return;
    context_.err << "\nfinishing; once more to stop at once\n";
    stop();
    // The second one meets the default action again; the event log is whole at any time.
    signals_.clear();
  });
}

/// Takes no more connections, ends those there are, and what is played on them.
void listen_session::stop() {
  if (stopping_) return;
  stopping_ = true;
  listener_->close();
  cut_short_ = !playing_.empty();
  for (auto* one : playing_)
    one->interrupt();
  for (auto* one : open_)
    one->abort();
  for (auto* one : leaving_)
    one->cut();
  news_.ring();
}

awaitable<void> listen_session::play() {
  work_->spawn(accept_all());
  while (work_->in_flight() != 0) {
    const instant later = world_->runtime().time().now() + std::chrono::hours(1);
    co_await work_->wait_until(later);
  }
  work_->rethrow();
}

awaitable<void> listen_session::accept_all() {
  auto& time = world_->runtime().time();
  while (!stopping_) {
    if (open_.size() >= most_connections) {
      const instant later = time.now() + std::chrono::hours(1);
      co_await news_.wait_until(later);
      continue;
    }
    error_code error;
    std::unique_ptr<transport::transport> came = co_await transport::accept(*listener_, error);
    if (came) {
      work_->spawn(take(std::move(came)));
    } else if (!stopping_) {
      // No descriptor is left: one will be.
      co_await clock::sleep_for(time, accept_pause);
    }
  }
}

awaitable<void> listen_session::take(std::unique_ptr<transport::transport> came) {
  script_connection on(world_->runtime(), std::move(came));
  {
    const listed entry(open_, on);
    co_await serve(on);
  }
  news_.ring();
}

awaitable<void> listen_session::serve(script_connection& on) {
  try {
    const std::optional<script_request> request = co_await on.read_request();
    if (request && !stopping_) co_await answer(on, *request);
  } catch (...) {
    stop();  // a fault of ours ends the run; play() tells
    throw;
  }
}

awaitable<void> listen_session::answer(script_connection& on, const script_request& request) {
  if (request.path == "/getCaseCount") {
    std::string count = std::to_string(cases_.size());
    co_await on.tell(std::move(count));
  } else if (request.path == "/getCaseInfo") {
    co_await tell_info(on, request);
  } else if (request.path == "/runCase") {
    co_await run_case(on, request);
  } else if (request.path == "/getCaseStatus") {
    co_await tell_status(on, request);
  } else if (request.path == "/updateReports") {
    co_await update_reports(on, request);
  } else {
    co_await on.refuse(not_found);
  }
}

awaitable<void> listen_session::tell_info(script_connection& on, const script_request& request) {
  const auto number = case_of(request);
  if (!number) {
    co_await on.refuse(not_found);
    co_return;
  }
  const auto& one = cases_[*number - 1];
  const json info = {{"id", one.id}, {"description", one.of->title}};
  std::string text = info.dump();
  co_await on.tell(std::move(text));
}

std::optional<std::size_t> listen_session::case_of(const script_request& request) const {
  const auto text = request.value("case");
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  if (!whole || number == 0 || number > cases_.size()) return std::nullopt;
  return number;
}

/// Null where there are too many.
listen_session::agent* listen_session::agent_of(const script_request& request) {
  const auto name = agent_name(request);
  if (const auto found = agents_.find(name); found != agents_.end()) return &found->second;
  if (agents_.size() >= most_agents) return nullptr;
  auto& made = agents_[name];
  made.name = name;
  record_.note("target.start", {{"target", name}});
  record_.note("target.ready", engine::ready_fields(*make_target(made)));
  return &made;
}

std::unique_ptr<engine::target> listen_session::make_target(const agent& who) {
  return std::make_unique<engine::target>(world_->runtime(), profile_of(who.name),
                                          std::filesystem::absolute(record_.folder()));
}

awaitable<void> listen_session::run_case(script_connection& on, const script_request& request) {
  const auto number = case_of(request);
  auto* const who = number ? agent_of(request) : nullptr;
  if (who == nullptr) {
    const int status = number ? unavailable : not_found;
    co_await on.refuse(status);
    co_return;
  }
  const auto asked = who->asked_for.insert(*number);
  while (under_way_.contains(*number) && !stopping_) {
    const instant later = world_->runtime().time().now() + std::chrono::hours(1);
    co_await news_.wait_until(later);
  }
  if (stopping_) co_return;
  under_way_.insert(*number);
  auto driver = std::make_shared<engine::handover_driver>(world_->runtime(), on.hand_over());
  const auto tested = make_target(*who);
  tested->drive_with(driver);
  co_await play_case(*tested, *who, *number);
  under_way_.erase(*number);
  who->asked_for.erase(asked);
  news_.ring();
  if (stopping_) driver->cut();
  const listed entry(leaving_, *driver);
  co_await driver->stop();
}

awaitable<void> listen_session::play_case(engine::target& tested, agent& who, std::size_t number) {
  const auto& one = cases_[number - 1];
  // Said here, because each case is a suite of its own.
  if (declared_.insert(one.of->id).second)
    record_.note("scenario", engine::scenario_fields(*one.of));
  auto settings = record_.settings();
  settings.jobs = 1;
  settings.attempts = 1;  // the connection is used up
  settings.declare = false;
  engine::suite suite(world_->runtime(), tested, std::vector{one}, std::move(settings),
                      record_.outputs());
  {
    const listed entry(playing_, suite);
    co_await suite.run();
  }
  for (const auto& [verdict, count] : suite.counts()) {
    counts_[verdict] += count;
    who.behaviours[number] = behaviour_of(verdict);
  }
}

/// Waits until the agent has no connection left for case `number`, or for any where that is 0: a
/// script asks when its connection has ended, which may be before the case has.
awaitable<void> listen_session::wait_for(std::string name, std::size_t number) {
  while (!stopping_) {
    const auto found = agents_.find(name);
    if (found == agents_.end()) co_return;
    const auto& asked = found->second.asked_for;
    if (number == 0 ? asked.empty() : !asked.contains(number)) co_return;
    const instant later = world_->runtime().time().now() + std::chrono::hours(1);
    co_await news_.wait_until(later);
  }
}

awaitable<void> listen_session::tell_status(script_connection& on, const script_request& request) {
  const auto number = case_of(request);
  const auto name = agent_name(request);
  if (number) co_await wait_for(name, *number);
  std::string behaviour;
  if (const auto who = agents_.find(name); number && who != agents_.end())
    if (const auto known = who->second.behaviours.find(*number);
        known != who->second.behaviours.end())
      behaviour = known->second;
  if (behaviour.empty()) {
    co_await on.refuse(not_found);
  } else {
    const json status = {{"behavior", behaviour}};
    std::string text = status.dump();
    co_await on.tell(std::move(text));
  }
}

awaitable<void> listen_session::update_reports(script_connection& on,
                                               const script_request& request) {
  const auto name = agent_name(request);
  co_await wait_for(name, 0);
  const auto problem = record_.write_interim();
  if (!problem.empty()) context_.err << "error: " << printable(problem, 4096) << '\n';
  co_await on.tell(std::nullopt);
  // Only now: the last one's answer ends the run, and nobody else's answer is to be cut short.
  if (reported_.size() < most_agents) reported_.insert(name);
  if (place_.agents != 0 && reported_.size() >= place_.agents) stop();
}

}  // namespace halley::cli
