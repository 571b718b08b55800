#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenario_writer.hpp"

#include <string>
#include <vector>

namespace halley::fuzz {

/// Streams that begin, carry data and end in every way, and the log that the gateway keeps of them:
/// of each connection BEGIN, any number of READ, then one END or one ERROR, and nothing behind it.
class gateway_lifecycle final : public model {
public:
  void begin(scenario_writer& to) override;
  bool step(choices& from, scenario_writer& to) override;
  void end(scenario_writer& to) override;

private:
  enum class command { stream, held, data, finish, cut, broken };

  void begin_stream(scenario_writer& to, bool held);
  void data(choices& from, scenario_writer& to);
  void finish(scenario_writer& to);
  void cut(choices& from, scenario_writer& to);
  void broken(scenario_writer& to);
  void log(const std::string& what, const std::string& subtype = {});

  bool streaming_ = false;
  bool held_ = false;
  std::vector<std::string> events_;    ///< of the log
  std::vector<std::string> subtypes_;  ///< of each; empty = none
};

}  // namespace halley::fuzz
