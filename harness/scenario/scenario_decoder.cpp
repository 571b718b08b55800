#include "scenario/cover.hpp"
#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/scalars.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "transport/path_text.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {
namespace {

const decoder<kind>& purpose() {
  static const choice<kind> form({{"conformance", kind::conformance},
                                  {"survey", kind::survey},
                                  {"robustness", kind::robustness}});
  return form;
}

const decoder<role>& tested_role() {
  static const choice<role> form(
      {{"server", role::server}, {"client", role::client}, {"proxy", role::proxy}});
  return form;
}

const decoder<std::vector<std::string>>& capability_list() {
  static const list_of<std::string> form(capability_text);
  return form;
}
const decoder<std::vector<std::string>>& scenario_list() {
  static const list_of<std::string> form(scenario_use);
  return form;
}
const decoder<std::vector<std::string>>& tag_list() {
  static const list_of<std::string> form(dotted_text);
  return form;
}

const decoder<requirement>& declaration() {
  static const auto form =
      record<requirement>()
          .required("ref", &requirement::ref, scalar_text, "Where it is said, RFC 6455 §5.2.")
          .required("level", &requirement::weight, requirement_level)
          .required("says", &requirement::says, scalar_text, "In one sentence.")
          .optional("basis", &requirement::basis, requirement_basis,
                    "derived: follows from the text; convention: common practice only.")
          .optional("errata", &requirement::errata, scalar_text);
  return form;
}

/// An id of the ledger, or a declaration.
class requirement_decoder final : public decoder<requirement> {
public:
  bool decode(const value& from, requirement& into, decoding& with) const override {
    into.at = from.key_at;
    if (from.text() == nullptr) return declaration().decode(from, into, with);
    if (!id_text().decode(from, into.ledger, with)) return false;
    with.uses.push_back({name_kind::ledger, into.ledger, from.at});
    return true;
  }
  json describe(schema_parts& parts) const override {
    auto id = id_text().describe(parts);
    id["description"] = "An id of the ledger, rfc6455/5.2-rsv.";
    return {{"anyOf", {id, declaration().describe(parts)}}};
  }
};

const decoder<requirement>& one_requirement() {
  static const requirement_decoder form;
  return form;
}

using requirement_map = std::vector<std::pair<std::string, requirement>>;
const decoder<requirement_map>& requirements() {
  static const map_of<requirement> form(requirement_definition, one_requirement, 1);
  return form;
}

const decoder<value_list>& parameter_values() {
  static const list_of<value> form(any_value, 1);
  return form;
}
using parameter_map = std::vector<std::pair<std::string, value_list>>;
const decoder<parameter_map>& matrix() {
  static const map_of<value_list> form(name_text, parameter_values);
  return form;
}

/// One value, or a list of them.
const decoder<value_list>& forbidden_values() {
  class one_or_many final : public decoder<value_list> {
  public:
    bool decode(const value& from, value_list& into, decoding& with) const override {
      if (from.list() != nullptr) return parameter_values().decode(from, into, with);
      into.push_back(from);
      return true;
    }
    json describe(schema_parts& /*parts*/) const override { return json::object(); }
  };
  static const one_or_many form;
  return form;
}
const decoder<parameter_map>& exclusion() {
  static const map_of<value_list> form(name_text, forbidden_values, 1);
  return form;
}
const decoder<std::vector<parameter_map>>& exclusions() {
  static const list_of<parameter_map> form(exclusion);
  return form;
}
const decoder<value_map>& inclusion() {
  static const map_of<value, named_value> form(name_text, any_value, 1);
  return form;
}
const decoder<std::vector<value_map>>& inclusions() {
  static const list_of<value_map> form(inclusion);
  return form;
}

class strength_decoder final : public decoder<int> {
public:
  bool decode(const value& from, int& into, decoding& with) const override {
    const auto* number = from.integer();
    if (from.text() != nullptr && *from.text() == "all") return true;
    if (number == nullptr || *number < 1 || *number > 6)
      return with.error(from.at, "a strength is a number from 1 to 6, or all");
    into = static_cast<int>(*number);
    return true;
  }
  json describe(schema_parts& /*parts*/) const override {
    return {{"anyOf", {{{"type", "integer"}, {"minimum", 1}, {"maximum", 6}}, {{"const", "all"}}}}};
  }
};

const decoder<int>& one_strength() {
  static const strength_decoder form;
  return form;
}

using strength_map = std::map<std::string, int>;
const decoder<strength_map>& strength() {
  const auto keep = [](const char* name) {
    return [name](strength_map& into, int read) { into[name] = read; };
  };
  static const auto form =
      record<strength_map>()
          .key({"quick", presence::optional, "Default 1.", {}}, one_strength, keep("quick"))
          .key({"normal", presence::optional, "Default 2.", {}}, one_strength, keep("normal"))
          .key({"full", presence::optional, "Default all.", {}}, one_strength, keep("full"));
  return form;
}

struct ambient_clause {
  bool segmentation = true;
  bool network = true;
};
const decoder<bool>& vary() {
  static const choice<bool> form({{"vary", true}, {"fixed", false}});
  return form;
}
const decoder<ambient_clause>& ambient() {
  static const auto form =
      record<ambient_clause>()
          .optional("segmentation", &ambient_clause::segmentation, vary,
                    "fixed: the segmentation is the test.")
          .optional("network", &ambient_clause::network, vary,
                    "fixed: times are the test, and a slow network would change them.");
  return form;
}

const decoder<bool>& plays_server() {
  static const choice<bool> form({{"client", false}, {"server", true}});
  return form;
}
const decoder<std::string>& listen_word() {
  using only = choice<std::string>;
  static const only form(only::words{{"auto", "auto"}, {"full", "full"}});
  return form;
}

/// A rule of the network, as text; with an expression inside it is read when it is played.
class network_rule final : public decoder<value> {
public:
  bool decode(const value& from, value& into, decoding& with) const override {
    into = from;
    // 'up: delay=1s' without its quotes is a mapping.
    if (from.map() != nullptr) return with.error(from.at, "quote the rule: " + quoted(from));
    if (from.text() == nullptr) return wrong_kind(from, "text", with);
    if (has_expression(*from.text())) return true;
    std::string wrong;
    if (transport::parse_rule(*from.text(), wrong)) return true;
    return with.error(from.at, wrong);
  }
  json describe(schema_parts& /*parts*/) const override {
    return {{"type", "string"}, {"description", transport::rule_help}};
  }

private:
  static std::string quoted(const value& from) {
    if (from.map()->empty()) return std::string(transport::rule_help);
    const auto& [selection, effect] = from.map()->front();
    return "'" + selection + ": " + to_text(effect) + "'";
  }
};
const decoder<value>& one_network_rule() {
  static const network_rule form;
  return form;
}
const decoder<value_list>& network_rules() {
  static const list_of<value> form(one_network_rule, 1);
  return form;
}

/// How many members a crowd has: each has a connection, and a server has its own end of it.
constexpr int most_members = 1000;
class crowd_decoder final : public decoder<int> {
public:
  bool decode(const value& from, int& into, decoding& with) const override {
    const auto* number = from.integer();
    if (number == nullptr || *number < 2 || *number > most_members)
      return with.error(from.at, "a crowd has 2 to " + std::to_string(most_members) + " members");
    into = static_cast<int>(*number);
    return true;
  }
  json describe(schema_parts& /*parts*/) const override {
    return {{"type", "integer"}, {"minimum", 2}, {"maximum", most_members}};
  }
};
const decoder<int>& crowd_size() {
  static const crowd_decoder form;
  return form;
}

bool check_actor(const value& from, actor& into, decoding& with) {
  if (into.plays_server && into.crowd != 0)
    return with.error(from.find("crowd")->key_at, "'crowd' is for clients");
  if (into.plays_server && !into.chaos.empty())
    return with.error(from.find("chaos")->key_at,
                      "'chaos' is for clients: it is about the connections that they open");
  if (into.plays_server || into.listen.empty()) return true;
  return with.error(from.find("listen")->key_at, "only a server listens");
}
const decoder<actor>& one_actor() {
  static const auto form =
      record<actor>()
          .required("plays", &actor::plays_server, plays_server)
          .optional(
              "listen", &actor::listen, listen_word,
              "auto: a free port, ${NAME.port}. full: one that answers no attempt to connect.")
          .optional("chaos", &actor::chaos, network_rules,
                    "What the connections that it opens meet; the first rule that names one "
                    "decides.")
          .optional("crowd", &actor::crowd, crowd_size,
                    "So many clients of that name, each of which does every step at once.")
          .finish(check_actor);
  return form;
}
using actor_map = std::vector<std::pair<std::string, actor>>;
const decoder<actor_map>& actors() {
  static const map_of<actor> form(actor_definition, one_actor, 1);
  return form;
}

/// What the fuzzer writes about a file of its own; nothing depends on it.
struct origin {
  std::string by;
  std::string seed;
};
const decoder<origin>& found() {
  static const auto form = record<origin>()
                               .required("by", &origin::by, scalar_text)
                               .required("seed", &origin::seed, scalar_text)
                               .checked("model", presence::optional, scalar_text)
                               .checked("steps-before-shrinking", presence::optional, scalar_text)
                               .checked("runs", presence::optional, scalar_text)
                               .checked("choices", presence::optional, scalar_text)
                               .checked("confirmed", presence::optional, scalar_text);
  return form;
}

const value_list* values_of(const scenario& of, const std::string& parameter) {
  const auto found = std::ranges::find(of.matrix, parameter, &parameter_map::value_type::first);
  return found == of.matrix.end() ? nullptr : &found->second;
}

/// `exclude` and `include` speak of parameters of the matrix; `exclude` also of their values.
bool check_matrix(const value& from, scenario& into, decoding& with) {
  std::vector<std::string> names;
  names.reserve(into.matrix.size());
  for (const auto& parameter : into.matrix)
    names.push_back(parameter.first);
  bool good = true;
  for (const std::string key : {"exclude", "include"}) {
    const auto* lists = from.find(key);
    if (lists == nullptr) continue;
    for (const auto& combination : *lists->list())
      for (const auto& [name, child] : *combination.map())
        if (values_of(into, name) == nullptr)
          good = unknown_name(child.key_at, "parameter", name, names, with);
  }
  for (const auto& combination : into.exclude)
    for (const auto& [name, forbidden] : combination)
      if (const auto* values = values_of(into, name))
        for (const auto& one : forbidden)
          if (std::ranges::none_of(*values, [&](const value& v) { return equal(v, one); }))
            good = with.error(one.at, "'" + name + "' never is " + to_text(one));
  return good;
}

/// What a matrix may cost.
bool check_size(const value& from, const scenario& of, decoding& with) {
  const auto* written = from.find("matrix");
  if (of.matrix.size() > most_parameters)
    return with.error(written->key_at,
                      "a matrix has at most " + std::to_string(most_parameters) + " parameters");
  std::size_t points = 1;
  for (const auto& parameter : of.matrix) {
    points *= parameter.second.size();
    if (points > most_points)
      return with.error(written->key_at, "the matrix has more than " + std::to_string(most_points) +
                                             " combinations");
  }
  return true;
}

/// Two values that read the same would give two instances one id.
bool check_values(const scenario& of, decoding& with) {
  bool good = true;
  for (const auto& [name, values] : of.matrix) {
    std::set<std::string> seen;
    for (const auto& one : values)
      if (!seen.insert(to_text(one)).second)
        good = with.error(one.at, "'" + name + "' is " + to_text(one) + " twice");
  }
  return good;
}

bool check_scenario(const value& from, scenario& into, decoding& with) {
  into.at = from.at;
  into.file = from.at.file;
  if (into.actors.empty())
    into.actors.push_back({.name = "client", .plays_server = false, .listen = {}});
  if (!check_size(from, into, with)) return false;
  const bool distinct = check_values(into, with);
  return check_matrix(from, into, with) && distinct;
}

record<scenario> make_scenario_record() {
  record<scenario> form;
  form.checked("scenario", presence::required, version_one, "The version of the format.")
      .required("id", &scenario::id, id_text, "Never used again for something else.")
      .optional("rev", &scenario::rev, positive_number, "Rises when the meaning changes.")
      .required("title", &scenario::title, title_text)
      .optional("about", &scenario::about, scalar_text)
      .optional("kind", &scenario::purpose, purpose, "survey: records variants, judges nothing.")
      .required("sut", &scenario::sut, tested_role, "The role that is tested.")
      .optional("needs", &scenario::needs, capability_list, "Capabilities of the target.")
      .optional("after", &scenario::after, scenario_list, "If one did not pass, this is blocked.")
      .optional("tags", &scenario::tags, tag_list)
      .optional("timeout", &scenario::timeout, duration, "For one whole instance.")
      .optional("pace", &scenario::pace, duration,
                "Where Halley itself stood still for so long, nothing is violated.")
      .key({"requirements", presence::required, "What the target is held to.", {}}, requirements,
           [](scenario& into, requirement_map read) {
             for (auto& [name, one] : read) {
               one.name = name;
               into.requirements.push_back(std::move(one));
             }
           })
      .optional("matrix", &scenario::matrix, matrix, "Parameter → values.")
      .optional("exclude", &scenario::exclude, exclusions, "Combinations that never occur.")
      .optional("include", &scenario::include, inclusions, "Combinations that always occur.")
      .optional("strength", &scenario::strength, strength, "How many parameters are combined.")
      .key({"ambient", presence::optional, "Dimensions that every scenario has.", {}}, ambient,
           [](scenario& into, ambient_clause read) {
             into.vary_segmentation = read.segmentation;
             into.vary_network = read.network;
           })
      .key({"actors", presence::optional, "Who we play; one client named client.", {}}, actors,
           [](scenario& into, actor_map read) {
             for (auto& [name, one] : read) {
               one.name = name;
               into.actors.push_back(std::move(one));
             }
           })
      .optional("let", &scenario::let, variables, "Variables, set before the setup.")
      .optional("setup", &scenario::setup, steps, "A failure here blocks, it never fails.")
      .required("steps", &scenario::steps, steps)
      .optional("mutants", &scenario::mutants, tag_list, "Deviations that must fail this.")
      .checked("found", presence::optional, found, "Written by the fuzzer.")
      .finish(check_scenario);
  return form;
}

}  // namespace

const decoder<scenario>& scenario_file() {
  static const auto form = make_scenario_record();
  return form;
}

const decoder<fragment>& fragment_file() {
  static const auto form =
      record<fragment>()
          .checked("fragment", presence::required, version_one, "The version of the format.")
          .required("id", &fragment::id, id_text)
          .optional("about", &fragment::about, scalar_text)
          .optional("defaults", &fragment::defaults, variables, "Arguments that may be left out.")
          .required("steps", &fragment::steps, steps);
  return form;
}

const requirement* scenario::find_requirement(std::string_view name) const {
  const auto found = std::ranges::find(requirements, name, &requirement::name);
  return found == requirements.end() ? nullptr : &*found;
}

}  // namespace halley::scenario
