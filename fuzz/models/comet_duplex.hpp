#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenario_writer.hpp"
#include "scenario/value.hpp"

#include <cstdint>

namespace halley::fuzz {

/// A client of the echo that streams: chunks of any size and form, one after the other or several
/// at once, complete requests and such that are cut. Chunk boundaries carry no meaning: what comes
/// back is what was sent, and it ends where the request ends.
class comet_duplex final : public model {
public:
  void begin(scenario_writer& to) override;
  bool step(choices& from, scenario_writer& to) override;
  void end(scenario_writer& to) override;

private:
  enum class command { begin, chunk, finish, cut };

  void begin_stream(scenario_writer& to);
  void chunk(choices& from, scenario_writer& to);
  void finish(choices& from, scenario_writer& to);
  void expect_echo(scenario_writer& to);

  bool connected_ = false;
  bool streaming_ = false;
  std::uint32_t sent_ = 0;        ///< numbers chunks, so that no two are alike
  scenario::value_list awaited_;  ///< what nobody has waited for yet
};

}  // namespace halley::fuzz
