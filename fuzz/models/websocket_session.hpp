#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/model.hpp"
#include "fuzz/scenario_writer.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace halley::fuzz {

/// A client of a WebSocket echo: messages whole and in fragments, control frames anywhere, closes,
/// cuts and frames that break a rule. Echoes keep order, type and octets; a Pong has the payload of
/// its Ping; what breaks a rule ends the connection.
class websocket_session final : public model {
public:
  void begin(scenario_writer& to) override;
  bool step(choices& from, scenario_writer& to) override;
  void end(scenario_writer& to) override;

private:
  enum class command { open, message, fragment, finish, ping, pong, close, cut, illegal };

  bool idle_step(choices& from, scenario_writer& to);
  bool open_step(choices& from, scenario_writer& to);
  void open(scenario_writer& to);
  void message(choices& from, scenario_writer& to);
  void fragment(choices& from, scenario_writer& to, bool last);
  void ping(choices& from, scenario_writer& to);
  void pong(choices& from, scenario_writer& to);
  void close(choices& from, scenario_writer& to);
  void cut(choices& from, scenario_writer& to);
  void illegal(choices& from, scenario_writer& to);
  void send(scenario_writer& to, choices& from, value frame);
  void expect_message(scenario_writer& to, const std::string& type, value payload);
  void expect_echoes(scenario_writer& to);
  value draw_payload(choices& from, bool text_only, std::uint32_t most);

  bool open_ = false;
  bool in_message_ = false;
  std::string type_;                ///< of the message under way
  scenario::value_list fragments_;  ///< its payload so far
  std::uint32_t sent_ = 0;          ///< numbers payloads, so that no two need be alike
  std::vector<variant> awaited_;    ///< echoes that nobody has waited for yet
};

}  // namespace halley::fuzz
