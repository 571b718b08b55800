#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenario_writer.hpp"

#include <cstdint>
#include <string>

namespace halley::fuzz {

/// A client, a proxy and an origin: octets both ways through tunnels, and ends of either side. What
/// comes out of a direction is what went in; what was sent before a FIN arrives before it; the end
/// of one direction leaves the other alone.
class connect_tunnel final : public model {
public:
  void begin(scenario_writer& to) override;
  bool step(choices& from, scenario_writer& to) override;

private:
  enum class command { tunnel, exchange, ask, answer, half_close, end, reset };

  void tunnel(scenario_writer& to);
  /// Octets from one side, which have to come out at the other.
  void carry(choices& from, scenario_writer& to, bool upward);
  void half_close(choices& from, scenario_writer& to);
  void finish(scenario_writer& to, const std::string& how);

  bool open_ = false;
  bool client_done_ = false;
  bool origin_done_ = false;
  std::uint32_t sent_ = 0;  ///< numbers what is sent, so that no two are alike
};

}  // namespace halley::fuzz
