#include "fuzz/scenario_writer.hpp"

#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "scenario/written_value.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

value origin_tree(const origin& from) {
  std::string drawn;
  for (const auto one : from.choices)
    drawn += (drawn.empty() ? "" : " ") + std::to_string(one);
  return map({{"by", text("halley fuzz")},
              {"model", text(from.model)},
              {"seed", text(std::to_string(from.seed))},
              {"steps-before-shrinking", number(static_cast<std::int64_t>(from.steps_before))},
              {"runs", number(static_cast<std::int64_t>(from.runs))},
              {"choices", text(drawn)}});
}

}  // namespace

void scenario_writer::about(const std::string& id,
                            const std::string& title,
                            const std::string& sut) {
  id_ = id;
  title_ = title;
  sut_ = sut;
}

void scenario_writer::needs(const std::vector<std::string>& capabilities) {
  for (const auto& one : capabilities)
    needs_.push_back(text(one));
}

void scenario_writer::require(const std::string& name,
                              const std::string& ref,
                              const std::string& says) {
  require(name, ref, "MUST", says);
}

void scenario_writer::require(const std::string& name,
                              const std::string& ref,
                              const std::string& level,
                              const std::string& says) {
  requirements_.emplace_back(name, map({{"ref", text(ref)},
                                        {"level", text(level)},
                                        {"basis", text("derived")},
                                        {"says", text(says)}}));
}

void scenario_writer::actor(const std::string& name, bool plays_server) {
  auto entries = std::vector<std::pair<std::string, value>>{
      {"plays", text(plays_server ? "server" : "client")}};
  if (plays_server) entries.emplace_back("listen", text("auto"));
  actors_.emplace_back(name, map(std::move(entries)));
}

void scenario_writer::use(const std::vector<std::string>& requirements) {
  next_uses_.insert(next_uses_.end(), requirements.begin(), requirements.end());
}

void scenario_writer::command(const std::string& name) {
  ++commands_;
  command_names_.push_back(name);
  label_ = name;
}

void scenario_writer::add(const std::string& verb, value what, const actor_of& who) {
  std::vector<std::pair<std::string, value>> entries;
  const std::string& as = who.as.empty() && verb != "delay" ? usual_ : who.as;
  if (!as.empty()) entries.emplace_back("as", text(as));
  if (!who.conn.empty()) entries.emplace_back("conn", text(who.conn));
  if (!label_.empty()) entries.emplace_back("label", text(std::exchange(label_, {})));
  if (verb == "send" && segment_ != 0)
    entries.emplace_back("wire", map({{"segment", number(std::exchange(segment_, 0))}}));
  entries.emplace_back(verb, std::move(what));
  steps_.push_back(map(std::move(entries)));
  uses_.push_back(std::exchange(next_uses_, {}));
}

bool scenario_writer::judges() const {
  return std::ranges::any_of(uses_, [](const auto& one) { return !one.empty(); });
}

scenario_writer scenario_writer::without(std::size_t first, std::size_t count) const {
  auto result = *this;
  const auto from = static_cast<std::ptrdiff_t>(first);
  const auto to = static_cast<std::ptrdiff_t>(first + count);
  result.steps_.erase(result.steps_.begin() + from, result.steps_.begin() + to);
  result.uses_.erase(result.uses_.begin() + from, result.uses_.begin() + to);
  return result;
}

void scenario_writer::open(const std::string& endpoint, const actor_of& who) {
  add("open", map({{"to", text("${target." + endpoint + "}")}}), who);
}

void scenario_writer::send(const std::string& form, value what, const actor_of& who) {
  add("send", map({{form, std::move(what)}}), who);
}

void scenario_writer::expect(std::vector<variant> one_of,
                             const std::vector<std::string>& otherwise,
                             const actor_of& who) {
  // A file wants two variants at least, and that the target ends the connection is one worth a
  // name.
  if (one_of.size() == 1) one_of.push_back({"closed", {event("tcp.closed")}, otherwise});
  use(otherwise);
  scenario::value_list alternatives;
  for (auto& one : one_of) {
    use(one.violates);
    std::vector<std::pair<std::string, value>> entries = {{"is", text(one.is)},
                                                          {"events", list(std::move(one.events))}};
    if (!one.violates.empty()) entries.emplace_back("violates", names(one.violates));
    alternatives.push_back(map(std::move(entries)));
  }
  add("expect",
      map({{"one_of", list(std::move(alternatives))},
           {"otherwise", map({{"violates", names(otherwise)}})}}),
      who);
}

void scenario_writer::expect_as(value what,
                                const std::vector<std::string>& uses,
                                const actor_of& who) {
  use(uses);
  add("expect", std::move(what), who);
}

void scenario_writer::expect_json(const std::string& name,
                                  const std::vector<std::string>& violates,
                                  const actor_of& who) {
  use(violates);
  add("expect",
      map({{"event", event("http.body", {{"matches", text("[\\]}]\\s*$")}})},
           {"violates", names(violates)},
           {"capture", map({{name, text("json")}})}}),
      who);
}

void scenario_writer::assert_equal(value got,
                                   value wanted,
                                   const std::vector<std::string>& violates) {
  use(violates);
  add("assert",
      map({{"equal", list({std::move(got), std::move(wanted)})}, {"violates", names(violates)}}),
      {});
}

void scenario_writer::close(const std::string& how, const actor_of& who) {
  add("close", text(how), who);
}

void scenario_writer::delay(const std::string& length) {
  add("delay", text(length), {});
}

void scenario_writer::accept(const actor_of& who) {
  add("accept", map({{"within", text("5s")}}), who);
}

void scenario_writer::hook(const std::string& name,
                           std::vector<std::pair<std::string, value>> arguments) {
  std::vector<std::pair<std::string, value>> entries = {{"name", text(name)}};
  std::ranges::move(arguments, std::back_inserter(entries));
  add("hook", map(std::move(entries)), {});
}

scenario_writer scenario_writer::with(std::size_t which, value step) const {
  auto result = *this;
  result.steps_[which] = std::move(step);
  return result;
}

value scenario_writer::tree(const origin* from) const {
  // A file may not declare what nothing violates.
  std::set<std::string> used;
  for (const auto& one : uses_)
    used.insert(one.begin(), one.end());
  auto requirements = requirements_;
  std::erase_if(requirements, [&](const auto& one) { return !used.contains(one.first); });
  std::vector<std::pair<std::string, value>> result = {
      {"scenario", number(1)},
      {"id", text(id_)},
      {"title", text(title_)},
      {"sut", text(sut_)},
      {"needs", list(needs_)},
      {"requirements", map(std::move(requirements))},
      {"ambient", map({{"segmentation", text("fixed")}})}};
  if (timeout_) result.emplace_back("timeout", text(std::to_string(timeout_->count()) + "ms"));
  if (!actors_.empty()) result.emplace_back("actors", map(actors_));
  result.emplace_back("steps", list(steps_));
  if (from != nullptr) result.emplace_back("found", origin_tree(*from));
  return map(std::move(result));
}

std::string scenario_writer::yaml(const origin* from) const {
  std::string result;
  const auto whole = tree(from);
  for (const auto& [key, content] : *whole.map()) {
    result += key + ":";
    const bool rows = key == "steps" && content.list() != nullptr;
    const bool entries = key == "requirements" || key == "actors";
    if (rows) {
      for (const auto& one : *content.list())
        result += "\n  - " + flow_text(one);
    } else if (entries) {
      for (const auto& [name, one] : *content.map())
        result += "\n  " + scenario::written::word(name) + ": " + flow_text(one);
    } else {
      result += " " + flow_text(content);
    }
    result += "\n";
  }
  return result;
}

std::shared_ptr<const scenario::scenario> scenario_writer::decoded() const {
  auto result = std::make_shared<scenario::scenario>();
  scenario::decoding with;
  const bool good = scenario::scenario_file().decode(tree(), *result, with);
  if (good && with.problems.empty()) return result;
  throw std::logic_error("a model wrote no scenario: " + (with.problems.empty()
                                                              ? std::string("unreadable")
                                                              : with.problems.front().text));
}

}  // namespace halley::fuzz
