#include "engine/exec_driver.hpp"

#include "base/printable.hpp"
#include "clock/clock.hpp"
#include "engine/child_process.hpp"
#include "engine/client_driver.hpp"
#include "engine/environment.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

using nlohmann::json;
using outcome = driver_answer::outcome;

constexpr std::string_view replaced[] = {"to", "method", "body", "proxy"};

bool takes(const std::vector<std::string>& command, const std::string& name) {
  return std::ranges::any_of(command, [wanted = "${" + name + "}"](const auto& word) {
    return word.find(wanted) != std::string::npos;
  });
}

/// What `what` says that the command line does not take; empty where it takes everything.
std::string untaken(const json& what, const std::vector<std::string>& command) {
  for (const auto& [name, given] : what.items()) {
    if (name == "do" || name == "session") continue;
    if (name == "method" && given == "GET") continue;
    if (given.is_boolean() && !given.get<bool>()) continue;
    const bool known = std::ranges::find(replaced, name) != std::end(replaced);
    if (!known || !takes(command, name)) return name;
  }
  return {};
}

}  // namespace

exec_driver::exec_driver(driver_program how) : how_(std::move(how)) {
}

exec_driver::~exec_driver() = default;

awaitable<std::string> exec_driver::start() {
  if (!find_program(how_.command.front()).empty()) co_return std::string();
  absent_ = how_.command.front();
  co_return "no program '" + absent_ + "'";
}

awaitable<void> exec_driver::stop() {
  sessions_.clear();
  co_return;
}

void exec_driver::attach(const std::string& session, listener /*heard*/) {
  sessions_[session];
}

driver_answer exec_driver::run(const json& what, processes& into) const {
  const auto missed = untaken(what, how_.command);
  if (!missed.empty())
    return {outcome::unsupported, "the program's arguments have no ${" + missed + "}"};
  environment known(0);
  for (const auto name : replaced)
    known.set_text(std::string(name), what.value(name, name == "method" ? "GET" : ""));
  std::vector<std::string> command;
  for (const auto& word : how_.command)
    command.push_back(known.resolve_text(word));
  auto one = std::make_unique<child_process>();
  const auto problem = one->start(command, how_.env, how_.directory, how_.log);
  if (!problem.empty()) return {outcome::gone, problem};
  into.push_back(std::move(one));
  return {};
}

awaitable<driver_answer> exec_driver::command(json what, instant /*until*/) {
  const auto wanted = what.value("do", "");
  driver_answer result;
  const auto found = sessions_.find(what.value("session", ""));
  if (found == sessions_.end()) {
    result.is = outcome::refused;
    result.text = "no such session";
  } else if (wanted == "close" && !what.contains("code") && !what.contains("reason")) {
    for (const auto& one : found->second)
      if (one->running()) one->signal_group(SIGTERM);
  } else if (wanted == "ws.connect" || wanted == "sse.connect" || wanted == "http.request") {
    result = run(what, found->second);
  } else {
    result.is = outcome::unsupported;
    result.text = "a program on its own takes no '" + printable(wanted) + "'";
  }
  co_return result;
}

awaitable<driver_answer> exec_driver::end(std::string session, instant /*until*/) {
  detach(session);
  co_return driver_answer();
}

void exec_driver::detach(const std::string& session) {
  sessions_.erase(session);  // which kills them
}

}  // namespace halley::engine
