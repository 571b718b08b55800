#include "fuzz/scenario_writer.hpp"

#include "base/hex.hpp"
#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::array<std::string_view, 3> other_than_text = {"null", "true", "false"};

/// Whether a text may stand without quotes: a word that is no other scalar of the core schema.
bool is_plain(std::string_view what) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  if (what.empty() || !letter(what.front())) return false;
  if (std::ranges::find(other_than_text, what) != other_than_text.end()) return false;
  return std::ranges::all_of(what, [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/' || c == '_';
  });
}

/// Double quotes know every escape. Source: YAML 1.2 §5.7.
std::string quoted(std::string_view what) {
  std::string result = "\"";
  for (const char c : what) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\r') {
      result += "\\r";
    } else if (octet < 0x20 || octet == 0x7F) {
      result += "\\x" + to_hex(octets(1, c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string word(std::string_view what) {
  return is_plain(what) ? std::string(what) : quoted(what);
}

std::string list_text(const scenario::value_list& elements) {
  std::string result = "[";
  for (const auto& one : elements)
    result += (result.size() > 1 ? ", " : "") + flow_text(one);
  return result + "]";
}

std::string map_text(const scenario::value_map& entries) {
  std::string result = "{";
  for (const auto& [key, content] : entries)
    result += (result.size() > 1 ? ", " : "") + word(key) + ": " + flow_text(content);
  return result + "}";
}

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

std::string flow_text(const value& what) {
  if (const auto* one = what.text()) return word(*one);
  if (const auto* one = what.integer()) return std::to_string(*one);
  if (const auto* one = what.boolean()) return *one ? "true" : "false";
  if (const auto* one = what.list()) return list_text(*one);
  if (const auto* one = what.map()) return map_text(*one);
  return "null";
}

value text(std::string what) {
  return {std::move(what), {}};
}
value number(std::int64_t what) {
  return {what, {}};
}
value truth(bool what) {
  return {what, {}};
}
value list(scenario::value_list elements) {
  return {std::move(elements), {}};
}
value map(std::vector<std::pair<std::string, value>> entries) {
  scenario::value_map result;
  result.reserve(entries.size());
  for (auto& [key, content] : entries)
    result.push_back({std::move(key), std::move(content)});
  return {std::move(result), {}};
}
value names(const std::vector<std::string>& which) {
  scenario::value_list result;
  result.reserve(which.size());
  for (const auto& one : which)
    result.push_back(text(one));
  return list(std::move(result));
}
value event(std::string name, std::vector<std::pair<std::string, value>> fields) {
  return map({{std::move(name), map(std::move(fields))}});
}

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
  requirements_.emplace_back(name, map({{"ref", text(ref)},
                                        {"level", text("MUST")},
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
  used_.insert(requirements.begin(), requirements.end());
}

void scenario_writer::command(const std::string& name) {
  ++commands_;
  command_names_.push_back(name);
  label_ = name;
}

void scenario_writer::add(const std::string& verb, value what, const actor_of& who) {
  std::vector<std::pair<std::string, value>> entries;
  if (!who.as.empty()) entries.emplace_back("as", text(who.as));
  if (!who.conn.empty()) entries.emplace_back("conn", text(who.conn));
  if (!label_.empty()) entries.emplace_back("label", text(std::exchange(label_, {})));
  if (verb == "send" && segment_ != 0)
    entries.emplace_back("wire", map({{"segment", number(std::exchange(segment_, 0))}}));
  entries.emplace_back(verb, std::move(what));
  steps_.push_back(map(std::move(entries)));
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

value scenario_writer::tree(const origin* from) const {
  // A file may not declare what nothing violates.
  auto requirements = requirements_;
  std::erase_if(requirements, [&](const auto& one) { return !used_.contains(one.first); });
  std::vector<std::pair<std::string, value>> result = {
      {"scenario", number(1)},
      {"id", text(id_)},
      {"title", text(title_)},
      {"sut", text(sut_)},
      {"needs", list(needs_)},
      {"requirements", map(std::move(requirements))},
      {"ambient", map({{"segmentation", text("fixed")}})}};
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
        result += "\n  " + word(name) + ": " + flow_text(one);
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
