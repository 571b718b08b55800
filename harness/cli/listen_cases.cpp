#include "cli/listen_cases.hpp"

#include "scenario/scenario.hpp"
#include "scenario/value.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace halley::cli {
namespace {

using scenario::step;

constexpr std::array<std::string_view, 3> told_headers = {"host", "origin",
                                                          "sec-websocket-protocol"};

bool is_told_header(std::string_view name) {
  return std::ranges::find(told_headers, name) != told_headers.end();
}

/// Looks at all steps of a scenario, nested ones included.
class step_survey {
public:
  void look(const std::vector<step>& steps) {
    for (const auto& one : steps)
      look(one);
  }

  std::string problem;
  std::size_t drives = 0;
  std::size_t accepts = 0;

private:
  void object(std::string why) {
    if (problem.empty()) problem = std::move(why);
  }

  void look(const step& one) {
    if (one.as == "sut") object("the client's application would have to tell what it sees");
    if (std::holds_alternative<scenario::drive_step>(one.verb)) ++drives;
    if (std::holds_alternative<scenario::accept_step>(one.verb)) ++accepts;
    if (std::holds_alternative<scenario::hook_step>(one.verb)) object("it calls a hook");
    if (const auto* expecting = std::get_if<scenario::expect_step>(&one.verb)) look(*expecting);
    if (const auto* collecting = std::get_if<scenario::collect_step>(&one.verb))
      look(collecting->event);
    if (const auto* fragment = std::get_if<scenario::use_step>(&one.verb)) look(fragment->steps);
    if (const auto* lanes = std::get_if<scenario::parallel_step>(&one.verb))
      for (const auto& lane : lanes->lanes)
        look(lane.second);
    if (const auto* loop = std::get_if<scenario::repeat_step>(&one.verb)) {
      const auto before = accepts;
      look(loop->steps);
      accepts += accepts - before;  // more often than once, as far as one can tell
    }
  }

  void look(const scenario::expect_step& what) {
    for (const auto& [variable, path] : what.capture) {
      const bool header = path.starts_with("headers.") && is_told_header(path.substr(8));
      if (header || path == "target") object("it looks at '" + path + "' of the request");
    }
    for (const auto& one : what.one_of) {
      for (const auto& event : one.events)
        look(event);
      look(one.then);
    }
  }

  void look(const scenario::event_pattern& what) {
    if (what.name.starts_with("app."))
      object("the client's application would have to tell what it sees");
    if (what.name != "http.request") return;
    for (const auto& [field, wanted] : what.fields)
      if (field == "target") object("it expects the address that the client would be told");
    for (const auto& [header, wanted] : what.headers)
      if (is_told_header(header)) object("it expects a certain " + header);
  }
};

/// What of the command to connect a client that came by itself did not do.
std::string misfit(const scenario::value& command) {
  const auto* wanted = command.find("do");
  const auto* echo = command.find("echo");
  if (wanted == nullptr || wanted->text() == nullptr || *wanted->text() != "ws.connect")
    return "it does not begin with a WebSocket that the client opens";
  if (echo == nullptr || echo->boolean() == nullptr || !*echo->boolean())
    return "its client does not send messages back";
  for (const auto& [name, value] : *command.map())
    if (name != "do" && name != "to" && name != "echo" && name != "compress")
      return "its client would be told '" + name + "'";
  return {};
}

}  // namespace

std::string why_unlisted(const scenario::scenario& of) {
  if (std::ranges::find(of.needs, "driver.observe") != of.needs.end())
    return "the client's application would have to tell what it sees";
  if (of.actors.size() != 1 || !of.actors.front().plays_server)
    return "it needs more than a server";
  const auto* first =
      of.setup.empty() ? nullptr : std::get_if<scenario::drive_step>(&of.setup.front().verb);
  if (first == nullptr || first->what.map() == nullptr)
    return "it does not begin with a client that connects";
  if (auto why = misfit(first->what); !why.empty()) return why;
  step_survey all;
  all.look(of.setup);
  all.look(of.steps);
  if (!all.problem.empty()) return all.problem;
  if (all.drives != 1) return "its client is told more than to connect";
  if (all.accepts > 1) return "it needs more than one connection";
  return {};
}

listen_cases to_cases(std::vector<scenario::instance> chosen) {
  std::map<std::string, std::vector<scenario::instance>> by_scenario;
  for (auto& one : chosen)
    if (one.of->sut == scenario::role::client) by_scenario[one.of->id].push_back(std::move(one));
  listen_cases result;
  for (auto& [id, instances] : by_scenario) {
    auto why = why_unlisted(*instances.front().of);
    if (why.empty()) {
      std::ranges::move(instances, std::back_inserter(result.cases));
    } else {
      result.unlisted.push_back({id, std::move(why)});
    }
  }
  return result;
}

}  // namespace halley::cli
