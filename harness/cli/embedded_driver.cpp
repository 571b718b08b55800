#include "cli/embedded_driver.hpp"

#include "clock/clock.hpp"
#include "engine/client_driver.hpp"
#include "engine/driver_dialogue.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/reference_client.hpp"
#include "transport/runtime.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace halley::cli {

using engine::driver_answer;
using nlohmann::json;

namespace {

/// What a process would read of it: one form of each number, and text that is UTF-8.
json as_read(const json& one) {
  return json::parse(engine::to_line(one));
}

}  // namespace

embedded_driver::embedded_driver(transport::runtime& world, const std::set<std::string>& mutants)
    : world_(world), mutants_(mutants), said_(world.time()) {
}

embedded_driver::~embedded_driver() = default;

awaitable<std::string> embedded_driver::start() {
  gateway::client_options how;
  how.mutants = mutants_;
  client_ = std::make_unique<gateway::reference_client>(
      world_, std::move(how),
      [this](const json& line) { said_.take(std::string_view(engine::to_line(line))); });
  co_return std::string();
}

awaitable<void> embedded_driver::stop() {
  if (!client_) co_return;
  co_await client_->stop();
  client_.reset();
}

void embedded_driver::attach(const std::string& session, listener heard) {
  said_.attach(session, std::move(heard));
}

awaitable<driver_answer> embedded_driver::command(json what, instant until) {
  if (!client_) co_return driver_answer(driver_answer::outcome::gone, "nothing was started");
  const auto number = said_.number(what);
  client_->command(as_read(what));
  driver_answer result = co_await said_.answer(number, until);
  if (result.is == driver_answer::outcome::gone) result.text = "the reference client is silent";
  co_return result;
}

awaitable<driver_answer> embedded_driver::end(std::string session, instant until) {
  const json what = {{"do", "end"}, {"session", session}};
  driver_answer result = co_await command(what, until);
  said_.forget(session);
  co_return result;
}

void embedded_driver::detach(const std::string& session) {
  said_.forget(session);
  json what = {{"do", "end"}, {"session", session}};
  said_.number(what, false);
  if (client_) client_->command(as_read(what));
}

}  // namespace halley::cli
