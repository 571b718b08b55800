#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/scenario_writer.hpp"

#include <memory>
#include <string_view>

namespace halley::fuzz {

/// What may be said to a target in one family of protocols, and what has to come back. A model
/// knows its own state and nothing else: no I/O, no time, no chance but the choices. It draws only
/// commands that are legal in its state, so that no test case is invalid, and writes each with the
/// expectation that follows from the state.
class model {
public:
  model() = default;
  virtual ~model() = default;

  /// Declares the scenario: what it is about, its requirements, its actors.
  virtual void begin(scenario_writer& to) = 0;
  /// Draws one command, writes its steps, and changes the state as the command does.
  /// Returns: false where the first draw was 0, which means the end of the sequence.
  virtual bool step(choices& from, scenario_writer& to) = 0;
  /// Writes what is due when no further command comes.
  virtual void end(scenario_writer& /*to*/) {}

protected:
  // Copies are made of whole models only.
  model(const model&) = default;
  model(model&&) = default;
  model& operator=(const model&) = default;
  model& operator=(model&&) = default;
};

/// One line of the table of models.
struct model_entry {
  std::string_view name;
  std::string_view about;
  std::string_view planted;  ///< the mutant of the gateway that this model has to find
  std::unique_ptr<model> (*make)();
};

}  // namespace halley::fuzz
