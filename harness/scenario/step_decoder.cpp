#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/scalars.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "scenario/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace halley::scenario {
namespace {

/// The verbs, in the order of the variant step::verb.
constexpr std::array<std::string_view, std::variant_size_v<decltype(step::verb)>> verbs = {
    "open",   "accept", "send",     "expect", "collect", "close", "delay", "mark", "set",
    "assert", "repeat", "parallel", "notify", "await",   "use",   "drive", "hook", "check"};

const decoder<std::vector<event_pattern>>& event_list() {
  static const list_of<event_pattern> form(event, 1);
  return form;
}

const decoder<alternative>& alternative_keys() {
  static const auto form =
      record<alternative>("alternative", "One variant of what may come back.")
          .required("is", &alternative::is, variant_text, "Its name in reports.")
          .required("events", &alternative::events, event_list, "All of them, in this order.")
          .optional("violates", &alternative::violates, violates_list)
          .optional("note", &alternative::note, scalar_text)
          .optional("then", &alternative::then, steps, "Finishes what the variant began.");
  return form;
}
const decoder<alternative>& one_alternative() {
  static const placed<alternative> form(alternative_keys);
  return form;
}

bool check_names(const value& from, std::vector<alternative>& all, decoding& with) {
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (all[i].is == all[j].is) {
        const auto& again = (*from.list())[i];
        return with.error(again.find("is")->at, "there are two variants '" + all[i].is + "'");
      }
  return true;
}

const decoder<std::vector<alternative>>& alternatives() {
  class distinct final : public decoder<std::vector<alternative>> {
  public:
    bool decode(const value& from, std::vector<alternative>& into, decoding& with) const override {
      return list_.decode(from, into, with) && check_names(from, into, with);
    }
    json describe(schema_parts& parts) const override { return list_.describe(parts); }

  private:
    list_of<alternative> list_{one_alternative, 2};
  };
  static const distinct form;
  return form;
}

struct otherwise_clause {
  std::vector<std::string> violates;
};

const decoder<otherwise_clause>& otherwise() {
  static const auto form =
      record<otherwise_clause>().optional("violates", &otherwise_clause::violates, violates_list);
  return form;
}

const decoder<std::vector<std::pair<std::string, std::string>>>& captures() {
  static const map_of<std::string> form(name_text, plain_text);
  return form;
}

bool check_timing(const value& from, timing& into, decoding& with) {
  if (into.min.null() && into.max.null())
    return with.error(from.at, "'timing' needs 'min' or 'max'");
  if (into.min.null() && !into.if_early.empty())
    return with.error(from.find("if_early")->key_at, "'if_early' needs 'min'");
  if (into.max.null() && !into.if_late.empty())
    return with.error(from.find("if_late")->key_at, "'if_late' needs 'max'");
  return true;
}

const decoder<timing>& timing_clause() {
  static const auto form =
      record<timing>()
          .required("since", &timing::since, mark_use, "The mark from which time counts.")
          .optional("min", &timing::min, duration_value)
          .optional("max", &timing::max, duration_value)
          .optional("if_early", &timing::if_early, violates_list, "Violated before 'min'.")
          .optional("if_late", &timing::if_late, violates_list, "Violated after 'max'.")
          .finish(check_timing);
  return form;
}

bool check_expect(const value& from, expect_step& into, decoding& with) {
  const auto* one_of = from.find("one_of");
  if ((one_of == nullptr) != into.single)
    return with.error(from.at, one_of == nullptr ? "'expect' needs 'event' or 'one_of'"
                                                 : "'expect' has 'event' or 'one_of', not both");
  if (into.single) return true;
  if (const auto* violates = from.find("violates"))
    return with.error(violates->key_at, "beside 'one_of' write: otherwise: {violates: […]}");
  if (from.find("otherwise") == nullptr)
    return with.error(one_of->key_at, "'one_of' needs 'otherwise'");
  return true;
}

bool check_single(const value& from, expect_step& into, decoding& with) {
  if (into.single)
    if (const auto* clause = from.find("otherwise"))
      return with.error(clause->key_at, "beside 'event' write: violates: […]");
  return check_expect(from, into, with);
}

const decoder<expect_step>& expect() {
  const auto keep_event = [](expect_step& into, event_pattern read) {
    into.single = true;
    alternative only;
    only.is = "expected";
    only.at = read.at;
    only.events.push_back(std::move(read));
    into.one_of.push_back(std::move(only));
  };
  const auto keep_otherwise = [](expect_step& into, otherwise_clause read) {
    into.otherwise = std::move(read.violates);
  };
  const auto keep_list = [](expect_step& into, std::vector<alternative> read) {
    for (auto& one : read)
      into.one_of.push_back(std::move(one));
  };
  static const list_of<std::string> ignored(event_name);
  static const auto form =
      record<expect_step>()
          .optional("within", &expect_step::within, duration_value)
          .optional(
              "ignoring", &expect_step::ignoring,
              +[]() -> const decoder<std::vector<std::string>>& { return ignored; },
              "Events that are skipped.")
          .key({"event", presence::optional, "The only answer that is right.", {}}, event,
               keep_event)
          .key({"one_of", presence::optional, "The first that matches, in this order.", {}},
               alternatives, keep_list)
          .key({"otherwise", presence::optional, "Every other answer; beside 'one_of'.", {}},
               otherwise, keep_otherwise)
          .optional("violates", &expect_step::otherwise, violates_list,
                    "What every other answer violates; beside 'event'.")
          .optional("capture", &expect_step::capture, captures, "Variable → path in the event.")
          .optional("timing", &expect_step::time, timing_clause)
          .finish(check_single)
          .schema_too(
              {{"oneOf", {{{"required", {"event"}}}, {{"required", {"one_of", "otherwise"}}}}}});
  return form;
}

const decoder<open_step>& open() {
  static const auto form = record<open_step>().required(
      "to", &open_step::to, scalar_value, "An endpoint or address; only TCP or TLS is opened.");
  return form;
}

const decoder<accept_step>& accept() {
  static const auto form =
      record<accept_step>().optional("within", &accept_step::within, duration_value);
  return form;
}

const decoder<collect_step>& collect() {
  static const auto form =
      record<collect_step>()
          .required("event", &collect_step::event, event)
          .required("count", &collect_step::count, number_value)
          .required("into", &collect_step::into, name_text, "The variable that holds the list.")
          .optional("within", &collect_step::within, duration_value)
          .optional("violates", &collect_step::violates, violates_list, "When fewer came.");
  return form;
}

const decoder<value>& close_word() {
  static const word_value form({"fin", "rst", "write"});
  return form;
}
const decoder<close_step>& close() {
  static const into_member<close_step, value> form(&close_step::how, close_word);
  return form;
}
const decoder<delay_step>& delay() {
  static const into_member<delay_step, value> form(&delay_step::length, duration_value);
  return form;
}
const decoder<mark_step>& mark() {
  static const into_member<mark_step, std::string> form(&mark_step::name, mark_definition);
  return form;
}
const decoder<notify_step>& notify() {
  static const into_member<notify_step, std::string> form(&notify_step::name, signal_definition);
  return form;
}
const decoder<await_step>& await_signal() {
  static const into_member<await_step, std::string> form(&await_step::name, signal_use);
  return form;
}
const decoder<set_step>& set() {
  static const into_member<set_step, value_map> form(&set_step::values, variables);
  return form;
}

using what = assert_step::what;

struct sequence_clause {
  value_list of;
  what is = what::unique;
};

const decoder<value_list>& operands() {
  static const list_of<value> form(any_value, 1);
  return form;
}

const decoder<what>& sequence_word() {
  static const choice<what> form({{"contiguous", what::contiguous},
                                  {"unique", what::unique},
                                  {"increasing", what::increasing}});
  return form;
}

const decoder<sequence_clause>& sequence() {
  static const auto form = record<sequence_clause>()
                               .required("of", &sequence_clause::of, operands)
                               .required("is", &sequence_clause::is, sequence_word);
  return form;
}

bool check_assert(const value& from, assert_step& into, decoding& with) {
  const bool equal = from.find("equal") != nullptr;
  if (equal == (from.find("sequence") != nullptr))
    return with.error(from.at, "'assert' needs either 'equal' or 'sequence'");
  if (equal && into.of.size() != 2)
    return with.error(from.find("equal")->at, "'equal' compares two values");
  return true;
}

const decoder<assert_step>& assertion() {
  static const auto form =
      record<assert_step>()
          .required("violates", &assert_step::violates, violates_list)
          .optional("equal", &assert_step::of, operands, "Two values.")
          .key({"sequence", presence::optional, "Lists, read as one.", {}}, sequence,
               [](assert_step& into, sequence_clause read) {
                 into.is = read.is;
                 into.of = std::move(read.of);
               })
          .finish(check_assert)
          .schema_too({{"minProperties", 2}, {"maxProperties", 2}});
  return form;
}

const decoder<repeat_step>& repeat() {
  static const auto form = record<repeat_step>()
                               .required("count", &repeat_step::count, number_value)
                               .optional("as", &repeat_step::as, name_text, "The counter, from 0.")
                               .required("steps", &repeat_step::steps, steps);
  return form;
}

using lane_list = std::vector<std::pair<std::string, std::vector<step>>>;
const decoder<lane_list>& lanes() {
  static const map_of<std::vector<step>> form(name_text, steps, 2);
  return form;
}
const decoder<parallel_step>& parallel() {
  static const into_member<parallel_step, lane_list> form(&parallel_step::lanes, lanes);
  return form;
}

const decoder<use_step>& use() {
  static const into_member<use_step, std::string> form(&use_step::fragment, fragment_use);
  return form;
}

const decoder<std::string>& driver_command() {
  static const choice<std::string> form({{"ws.connect", "ws.connect"},
                                         {"ws.send", "ws.send"},
                                         {"sse.connect", "sse.connect"},
                                         {"http.request", "http.request"},
                                         {"close", "close"}});
  return form;
}

struct drive_clause {
  std::string command;
};

/// What each command may say beside `do`; the first is what it has to say, if it has to.
struct command_keys {
  std::string_view command;
  bool needs_first;
  std::vector<std::string> keys;
};
const std::vector<command_keys>& driver_commands() {
  static const std::vector<command_keys> table = {
      {"ws.connect", true, {"to", "protocols", "headers", "echo", "compress", "window"}},
      {"ws.send", false, {"text", "binary"}},
      {"sse.connect",
       true,
       {"to", "headers", "types", "last-id", "closes-after", "origin", "credentials"}},
      {"http.request", true, {"to", "method", "headers", "body", "chunked", "proxy", "tunnel"}},
      {"close", false, {"code", "reason"}}};
  return table;
}

bool check_drive(const value& from, drive_clause& into, decoding& with) {
  const auto& table = driver_commands();
  const auto known = std::ranges::find(table, into.command, &command_keys::command);
  for (const auto& [key, given] : *from.map())
    if (key != "do" && std::ranges::find(known->keys, key) == known->keys.end())
      return with.error(given.key_at, "'" + into.command + "' has no '" + key + "'");
  const auto& first = known->keys.front();
  if (known->needs_first && from.find(first) == nullptr)
    return with.error(from.at, "'" + into.command + "' needs '" + first + "'");
  if (into.command == "ws.send" && from.map()->size() != 2)
    return with.error(from.at, "'ws.send' needs either 'text' or 'binary'");
  return true;
}

const decoder<value>& list_of_scalars() {
  static const as_written<std::vector<std::string>> form(texts);
  return form;
}
const decoder<drive_clause>& drive_keys() {
  static const auto form =
      record<drive_clause>()
          .required("do", &drive_clause::command, driver_command)
          .checked("to", presence::optional, scalar_value, "An address.")
          .checked("protocols", presence::optional, list_of_scalars, "ws.connect: offered.")
          .checked("headers", presence::optional, scalar_map, "Further header fields.")
          .checked("echo", presence::optional, truth_value, "ws.connect: send all back.")
          .checked("compress", presence::optional, truth_value, "ws.connect: permessage-deflate.")
          .checked("window", presence::optional, truth_value, "ws.connect: client_max_window_bits.")
          .checked("text", presence::optional, octets_value, "ws.send: a text message.")
          .checked("binary", presence::optional, octets_value, "ws.send: a binary message.")
          .checked("method", presence::optional, scalar_value, "http.request: default GET.")
          .checked("body", presence::optional, octets_value, "http.request: text.")
          .checked("chunked", presence::optional, truth_value, "http.request: body in chunks.")
          .checked("proxy", presence::optional, scalar_value, "http.request: an address.")
          .checked("tunnel", presence::optional, truth_value, "http.request: proxy with CONNECT.")
          .checked("types", presence::optional, list_of_scalars, "sse.connect: besides message.")
          .checked("last-id", presence::optional, scalar_value, "sse.connect: as if it was seen.")
          .checked("origin", presence::optional, scalar_value, "sse.connect: of the application.")
          .checked("credentials", presence::optional, truth_value, "sse.connect: withCredentials.")
          .checked("closes-after", presence::optional, number_value, "sse.connect: messages.")
          .checked("code", presence::optional, number_value, "close: of a WebSocket.")
          .checked("reason", presence::optional, scalar_value, "close: of a WebSocket.")
          .finish(check_drive);
  return form;
}
const decoder<value>& drive_value() {
  static const as_written<drive_clause> form(drive_keys);
  return form;
}
const decoder<drive_step>& drive() {
  static const into_member<drive_step, value> form(&drive_step::what, drive_value);
  return form;
}

const decoder<hook_step>& side_door() {
  static const auto form =
      record<hook_step>()
          .required("name", &hook_step::name, dotted_text, "A hook of the target's profile.")
          .optional("into", &hook_step::into, name_text, "The variable that holds a JSON answer.")
          .rest(&hook_step::arguments);
  return form;
}

const decoder<check_step>& check() {
  static const auto form = record<check_step>()
                               .required("name", &check_step::name, dotted_text, "Of the oracle.")
                               .optional("violates", &check_step::violates, violates_list)
                               .rest(&check_step::arguments);
  return form;
}

struct wire_clause {
  value segment;
  value gap;
};
const decoder<wire_clause>& wire() {
  static const auto form =
      record<wire_clause>()
          .optional("segment", &wire_clause::segment, number_value, "Octets a segment.")
          .optional("gap", &wire_clause::gap, duration_value, "Between segments.");
  return form;
}

bool check_step_keys(const value& from, step& into, decoding& with) {
  const auto* arguments = from.find("with");
  if (arguments == nullptr) return true;
  auto* used = std::get_if<use_step>(&into.verb);
  if (used == nullptr) return with.error(arguments->key_at, "'with' stands beside 'use' only");
  used->with = *arguments->map();
  return true;
}

template <class V>
void add_verb(record<step>& to, std::string_view name, decoder_of<V> how, std::string about) {
  to.key({std::string(name), presence::optional, std::move(about), {}}, how,
         [](step& into, V read) { into.verb = std::move(read); });
}

record<step> make_step_record() {
  record<step> form("step", "One actor does, or waits for, one thing.");
  form.optional("as", &step::as, actor_use, "Who acts; not needed where there is only one.")
      .optional("conn", &step::conn, name_text, "A connection's name; the current one without it.")
      .optional("label", &step::label, scalar_text)
      .key({"wire", presence::optional, "How the octets are cut into segments.", {}}, wire,
           [](step& into, wire_clause read) {
             into.segment = std::move(read.segment);
             into.gap = std::move(read.gap);
           })
      .checked("with", presence::optional, variables, "Arguments of the fragment.");
  add_verb(form, verbs[0], open, "Opens a connection.");
  add_verb(form, verbs[1], accept, "Waits for a connection.");
  add_verb(form, verbs[2], send, "Sends one thing.");
  add_verb(form, verbs[3], expect, "Waits for an answer and judges it.");
  add_verb(form, verbs[4], collect, "Gathers events into a list.");
  add_verb(form, verbs[5], close, "fin, rst, or write: half-close, reading stays open.");
  add_verb(form, verbs[6], delay, "Waits.");
  add_verb(form, verbs[7], mark, "Names this moment.");
  add_verb(form, verbs[8], set, "Sets variables.");
  add_verb(form, verbs[9], assertion, "Compares values.");
  add_verb(form, verbs[10], repeat, "Plays steps again and again.");
  add_verb(form, verbs[11], parallel, "Plays lanes of steps side by side.");
  add_verb(form, verbs[12], notify, "Lets those go on who await this.");
  add_verb(form, verbs[13], await_signal, "Waits for a notify in another lane.");
  add_verb(form, verbs[14], use, "Plays a fragment.");
  add_verb(form, verbs[15], drive, "Commands the client under test.");
  add_verb(form, verbs[16], side_door, "Calls the target's side door.");
  add_verb(form, verbs[17], check, "Asks an oracle by name.");
  form.finish(check_step_keys);
  json needs = json::array();
  for (const auto verb : verbs)
    needs.push_back({{"required", {verb}}});
  form.schema_too({{"oneOf", needs}});
  return form;
}

/// A step has exactly one verb: that is said before anything else is.
class step_decoder final : public decoder<step> {
public:
  bool decode(const value& from, step& into, decoding& with) const override {
    into.at = from.at;
    if (from.map() == nullptr) return keys().decode(from, into, with);
    std::vector<std::string> found;
    for (const auto& entry : *from.map())
      for (const auto verb : verbs)
        if (entry.first == verb) found.push_back(entry.first);
    if (found.size() > 1)
      return with.error(from.at, "a step needs exactly one verb; this one has '" + found[0] +
                                     "' and '" + found[1] + "'");
    const bool good = keys().decode(from, into, with);
    if (good && found.empty())
      return with.error(from.at, "a step needs exactly one verb; this one has none");
    return good;
  }
  json describe(schema_parts& parts) const override { return keys().describe(parts); }

private:
  static const decoder<step>& keys() {
    static const auto form = make_step_record();
    return form;
  }
};

const decoder<step>& one_step() {
  static const step_decoder form;
  return form;
}

}  // namespace

const decoder<std::vector<step>>& steps() {
  static const list_of<step> form(one_step);
  return form;
}

std::string verb_name(const step& one) {
  return std::string(verbs[one.verb.index()]);
}

}  // namespace halley::scenario
