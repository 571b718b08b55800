#pragma once

#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "scenario/written_value.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::fuzz {

using scenario::value;

// Values as a scenario file holds them.
using scenario::written::event;
using scenario::written::flow_text;
using scenario::written::list;
using scenario::written::map;
using scenario::written::names;
using scenario::written::number;
using scenario::written::text;
using scenario::written::truth;

/// Who does a step, on which connection; empty where there is only one.
struct actor_of {
  std::string as;
  std::string conn;
};

/// A variant of what may come back.
struct variant {
  std::string is;
  std::vector<value> events;  ///< each event("…", {…})
  std::vector<std::string> violates;
};

/// Where a scenario that was found comes from.
struct origin {
  std::string model;
  std::uint64_t seed = 0;
  std::size_t steps_before = 0;  ///< commands, before shrinking
  std::size_t runs = 0;          ///< sequences until it was found
  std::vector<std::uint32_t> choices;
};

/// Builds one scenario step by step, as the tree that a file is read into. The struct that is
/// played and the text that is exported are both made of this tree, so they cannot differ.
class scenario_writer {
public:
  // The head of the file.
  void about(const std::string& id, const std::string& title, const std::string& sut);
  void needs(const std::vector<std::string>& capabilities);
  /// A requirement of the scenario's own, level MUST.
  void require(const std::string& name, const std::string& ref, const std::string& says);
  /// The same with `level` MUST, SHOULD or MAY.
  void require(const std::string& name,
               const std::string& ref,
               const std::string& level,
               const std::string& says);
  void actor(const std::string& name, bool plays_server);
  /// For all of it; else what every scenario has.
  void timeout(std::chrono::milliseconds length) { timeout_ = length; }
  /// Steps that name nobody are done by this actor, but for delays.
  void steps_are_of(const std::string& name) { usual_ = name; }

  /// A command of the model begins: its steps are labelled with `name`.
  void command(const std::string& name);
  std::size_t commands() const { return commands_; }
  /// Whether something is expected: without that there is nothing to play.
  bool judges() const;
  const std::vector<std::string>& command_names() const { return command_names_; }

  // Steps.
  void open(const std::string& endpoint, const actor_of& who = {});
  void send(const std::string& form, value what, const actor_of& who = {});
  /// Cuts the next send into segments of `size` octets; 0 = not at all.
  void segment_next(std::uint32_t size) { segment_ = size; }
  void expect(std::vector<variant> one_of,
              const std::vector<std::string>& otherwise,
              const actor_of& who = {});
  /// An expectation as it stands in a file, which names `uses`.
  void expect_as(value what, const std::vector<std::string>& uses, const actor_of& who = {});
  /// An expectation of a JSON body, kept as ${name}.
  void expect_json(const std::string& name,
                   const std::vector<std::string>& violates,
                   const actor_of& who = {});
  void assert_equal(value got, value wanted, const std::vector<std::string>& violates);
  void close(const std::string& how, const actor_of& who = {});
  void delay(const std::string& length);
  void accept(const actor_of& who);
  void hook(const std::string& name, std::vector<std::pair<std::string, value>> arguments);

  std::size_t steps() const { return steps_.size(); }
  /// The same without `count` steps from number `first` on, counted from 0.
  scenario_writer without(std::size_t first, std::size_t count = 1) const;
  const value& step(std::size_t which) const { return steps_[which]; }
  /// The same with another step at that place; it names the same requirements.
  scenario_writer with(std::size_t which, value step) const;

  /// The whole file as a tree.
  value tree(const origin* from = nullptr) const;
  /// The file's text, YAML 1.2; it reads back as the same tree.
  std::string yaml(const origin* from = nullptr) const;
  /// The struct that is played.
  /// Errors: throws std::logic_error where the model wrote what no file may hold.
  std::shared_ptr<const scenario::scenario> decoded() const;

private:
  void add(const std::string& verb, value what, const actor_of& who);
  void use(const std::vector<std::string>& requirements);

  std::string id_;
  std::string title_;
  std::string sut_;
  std::optional<std::chrono::milliseconds> timeout_;
  scenario::value_list needs_;
  std::vector<std::pair<std::string, value>> requirements_;
  std::vector<std::pair<std::string, value>> actors_;
  scenario::value_list steps_;
  std::vector<std::string> command_names_;
  std::string usual_;
  std::string label_;
  std::size_t commands_ = 0;
  std::vector<std::vector<std::string>> uses_;  ///< requirements, of each step
  std::vector<std::string> next_uses_;          ///< of the step that is written next
  std::uint32_t segment_ = 0;
};

}  // namespace halley::fuzz
