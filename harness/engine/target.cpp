#include "engine/target.hpp"

#include "base/printable.hpp"
#include "clock/clock.hpp"
#include "engine/address.hpp"
#include "engine/child_process.hpp"
#include "engine/client_driver.hpp"
#include "engine/environment.hpp"
#include "engine/exec_driver.hpp"
#include "engine/http_call.hpp"
#include "engine/service_port.hpp"
#include "engine/stdio_driver.hpp"
#include "scenario/profile.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/regex.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

using namespace std::chrono_literals;

constexpr auto poll_pause = 20ms;
constexpr auto version_within = 5s;
constexpr duration one_probe = 4s;
constexpr std::size_t log_tail = 300;

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) return line;
  return {};
}

std::string last_octets(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(in)), {});
  return all.size() > log_tail ? all.substr(all.size() - log_tail) : all;
}

bool has_line(const std::filesystem::path& file, const std::string& pattern) {
  const boost::regex wanted(pattern);
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (boost::regex_search(line, wanted)) return true;
  return false;
}

std::string end_text(const process_end& end) {
  return end.signal != 0 ? "was ended by signal " + std::to_string(end.signal)
                         : "exited with code " + std::to_string(end.code);
}

/// The words of a list in the profile, each with its ${…} replaced.
std::vector<std::string> words(const scenario::value* of, const environment& known) {
  std::vector<std::string> result;
  if (of == nullptr || of->list() == nullptr) return result;
  for (const auto& word : *of->list())
    result.push_back(known.resolve_text(as_text(word)));
  return result;
}

std::shared_ptr<client_driver> make_driver(transport::runtime& world,
                                           const scenario::value& clause,
                                           const std::filesystem::path& directory,
                                           environment known) {
  driver_program how;
  how.directory = directory;
  how.log = directory / "driver.log";
  if (const auto* env = clause.find("env"); env != nullptr && env->map() != nullptr)
    for (const auto& [name, text] : *env->map())
      how.env.emplace_back(name, known.resolve_text(as_text(text)));
  if (const auto* reuse = clause.find("reuse")) how.reuse = as_boolean(*reuse);
  how.command = words(clause.find("command"), known);
  if (!how.command.empty()) return std::make_shared<stdio_driver>(world, std::move(how));
  // What a command says is put in when it comes.
  for (const auto* name : {"to", "method", "body", "proxy"})
    known.set_text(name, std::string("${") + name + "}");
  how.command = words(clause.find("exec"), known);
  return std::make_shared<exec_driver>(std::move(how));
}

}  // namespace

struct target::program {
  child_process process;
  int stop_signal = SIGTERM;
  duration stop_within{0};
  std::filesystem::path log;
};

target::target(transport::runtime& world,
               scenario::profile profile,
               std::filesystem::path directory)
    : world_(world), profile_(std::move(profile)), directory_(std::move(directory)) {
}

target::~target() = default;

void target::drive_with(std::shared_ptr<client_driver> driver) {
  driver_ = std::move(driver);
  profile_.driver = {};
}

environment target::variables() const {
  environment result(0);
  describe_to(result, "none");
  return result;
}

void target::describe_to(environment& variables, const std::string& key) const {
  for (const auto& [name, number] : ports_)
    variables.set_integer(name.empty() ? "port" : "port." + name, number);
  variables.set_text("dir", directory_.string());
  variables.set_text("artifacts", directory_.string());
  // A profile made from command line options has no file.
  const auto folder = profile_.file.empty()
                          ? std::filesystem::path()
                          : std::filesystem::absolute(profile_.file).parent_path();
  variables.set_text("profile", folder.string());
  variables.set_text("key", key);
  variables.set_endpoints(
      [this](std::string_view name, const environment& of) { return endpoint(name, of); });
}

std::optional<std::string> target::endpoint(std::string_view name,
                                            const environment& variables) const {
  for (const auto& [known, url] : profile_.endpoints)
    if (known == name) return variables.resolve_text(url);
  return std::nullopt;
}

std::optional<http_request> target::hook(std::string_view name,
                                         const environment& variables) const {
  for (const auto& [known, form] : profile_.hooks) {
    if (known != name) continue;
    http_request result;
    result.method = form.method.empty() ? "POST" : form.method;
    const auto url = variables.resolve_text(form.url);
    const auto to = parse_address(url);
    if (!to) throw bad_expression("hook '" + known + "': no address: " + printable(url));
    result.to = *to;
    for (const auto& [header, content] : form.headers)
      result.headers.emplace_back(header, variables.resolve_text(content));
    result.body = variables.resolve_text(form.body);
    return result;
  }
  return std::nullopt;
}

std::optional<scenario::capability> target::capability(std::string_view name) const {
  for (const auto& [known, state] : profile_.capabilities)
    if (known == name) return state;
  return std::nullopt;
}

/// Free ports, all held at once so that no two are the same.
std::string target::take_ports() {
  std::vector<std::string> names = {""};
  for (const auto& one : profile_.beside)
    names.push_back(one.name);
  std::vector<std::unique_ptr<transport::listener>> held;
  for (const auto& name : names) {
    error_code error;
    held.push_back(hold_service_port(world_, error));
    if (!held.back()) return "no free port: " + error.message();
    ports_.emplace_back(name, held.back()->local().port);
  }
  return {};
}

std::string target::write_files(const scenario::launch& what) {
  const auto known = variables();
  for (const auto& [name, content] : what.files) {
    const auto file = directory_ / name;
    std::error_code failed;
    std::filesystem::create_directories(file.parent_path(), failed);
    std::ofstream out(file, std::ios::binary);
    // Only the launcher's own variables are replaced: server configurations have ${…} of their own.
    std::string text = content;
    for (const auto& [port, number] : ports_) {
      const auto written = "${" + (port.empty() ? "port" : "port." + port) + "}";
      for (auto at = text.find(written); at != std::string::npos; at = text.find(written, at))
        text.replace(at, written.size(), std::to_string(number));
    }
    for (const auto* name_of : {"dir", "artifacts", "profile"}) {
      const auto written = std::string("${") + name_of + "}";
      const auto value = known.resolve_text(written);
      for (auto at = text.find(written); at != std::string::npos;
           at = text.find(written, at + value.size()))
        text.replace(at, written.size(), value);
    }
    out << text;
    if (!out.flush()) return "cannot write " + file.string();
  }
  return {};
}

awaitable<std::string> target::start() {
  std::string problem = co_await start_programs();
  if (problem.empty()) problem = co_await start_driver();
  co_return problem;
}

awaitable<std::string> target::start_driver() {
  if (!profile_.driver.null())
    driver_ = make_driver(world_, profile_.driver, directory_, variables());
  if (!driver_) co_return std::string();
  std::string problem = co_await driver_->start();
  absent_ = driver_->absent();
  co_return problem;
}

awaitable<std::string> target::start_programs() {
  if (!profile_.start && profile_.beside.empty()) {
    co_await ask_version();
    co_return std::string();
  }
  std::string problem = take_ports();
  for (const auto& one : profile_.beside) {
    if (!problem.empty()) break;
    problem = co_await start_one(one, one.name);
  }
  if (problem.empty() && profile_.start) problem = co_await start_one(*profile_.start, "target");
  if (problem.empty()) co_await ask_version();
  co_return problem;
}

awaitable<std::string> target::start_one(const scenario::launch& what, const std::string& name) {
  if (!what.requires_program.empty() && find_program(what.requires_program).empty()) {
    absent_ = what.requires_program;
    co_return "no program '" + what.requires_program + "'";
  }
  std::string problem = write_files(what);
  if (!problem.empty()) co_return problem;
  const auto known = variables();
  auto one = std::make_unique<program>();
  one->stop_signal = what.stop_signal;
  one->stop_within = what.stop_within;
  one->log = directory_ / (name + ".log");
  std::vector<std::string> command;
  command.reserve(what.command.size());
  for (const auto& word : what.command)
    command.push_back(known.resolve_text(word));
  std::vector<std::pair<std::string, std::string>> env;
  env.reserve(what.env.size());
  for (const auto& [key, text] : what.env)
    env.emplace_back(key, known.resolve_text(text));
  if (!command.empty() && find_program(command.front()).empty()) absent_ = command.front();
  problem = one->process.start(command, env, directory_, one->log);
  if (!problem.empty()) co_return problem;
  command_ = command;
  programs_.push_back(std::move(one));
  problem = co_await wait_ready(what, *programs_.back());
  co_return problem;
}

awaitable<std::string> target::wait_ready(const scenario::launch& what, program& one) {
  const auto known = variables();
  const instant deadline = world_.time().now() + what.ready_within;
  const auto tcp = parse_address("http://" + known.resolve_text(what.ready_tcp));
  const auto http = parse_address(known.resolve_text(what.ready_http));
  while (world_.time().now() < deadline) {
    if (const auto end = one.process.ended())
      co_return "the target " + end_text(*end) +
          " before it was ready: " + printable(last_octets(one.log), log_tail);
    bool ready = false;
    if (!what.ready_http.empty() && http) {
      http_request request;
      request.to = *http;
      // What starts in parts may lose the first request; it is asked again.
      const instant patience = std::min(deadline, world_.time().now() + one_probe);
      const http_answer answer = co_await call(world_, request, patience);
      ready = answer.status != 0 && (what.ready_status == 0 || answer.status == what.ready_status);
    } else if (!what.ready_line.empty()) {
      ready = has_line(one.log, what.ready_line);
    } else if (tcp) {
      error_code error;
      const transport::endpoint where{tcp->host, tcp->port};
      const std::unique_ptr<transport::transport> probe =
          co_await transport::connect(world_, where, error);
      ready = probe != nullptr;
    } else {
      ready = true;
    }
    if (ready) co_return std::string();
    co_await clock::sleep_for(world_.time(), poll_pause);
  }
  co_return "the target was not ready within " +
      std::to_string(
          std::chrono::duration_cast<std::chrono::milliseconds>(what.ready_within).count()) +
      " ms (see its log)";
}

awaitable<void> target::ask_version() {
  version_ = profile_.version;
  if (profile_.version_command.empty()) co_return;
  const auto known = variables();
  std::vector<std::string> command;
  command.reserve(profile_.version_command.size());
  for (const auto& word : profile_.version_command)
    command.push_back(known.resolve_text(word));
  const auto output = directory_ / "version.txt";
  child_process asked;
  if (!asked.start(command, {}, directory_, output).empty()) co_return;
  const instant deadline = world_.time().now() + version_within;
  while (asked.running() && world_.time().now() < deadline)
    co_await clock::sleep_for(world_.time(), poll_pause);
  version_ = first_line(output);
}

awaitable<void> target::stop() {
  if (driver_) co_await driver_->stop();
  for (auto at = programs_.rbegin(); at != programs_.rend(); ++at)
    co_await stop_one(**at);
  programs_.clear();
}

awaitable<void> target::stop_one(program& one) {
  if (!one.process.running()) co_return;
  one.process.signal_group(one.stop_signal);
  const instant deadline = world_.time().now() + one.stop_within;
  while (one.process.running() && world_.time().now() < deadline)
    co_await clock::sleep_for(world_.time(), poll_pause);
}

pid_t target::pid() const {
  return programs_.empty() || !profile_.start ? -1 : programs_.back()->process.pid();
}

std::optional<process_end> target::ended() {
  if (driver_)
    if (const auto how = driver_->ended()) return how;
  if (programs_.empty() || !profile_.start) return std::nullopt;
  return programs_.back()->process.ended();
}

}  // namespace halley::engine
