#pragma once

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/verdict.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <ostream>

namespace halley::inspect {

/// The exchanges of one connection, and of the tunnels in it, as entries of a HAR file: WebSocket
/// messages as browsers write them (_webSocketMessages), server-sent events as
/// _eventStreamMessages. Gives each entry when it is whole, the rest at the end. Limits:
/// `kept_octets` of each body, `kept_messages` of each exchange. Source: HAR 1.2.
class har_flow {
public:
  static constexpr std::size_t kept_octets = std::size_t{1} << 20U;
  static constexpr std::size_t kept_messages = 10'000;
  static constexpr std::size_t kept_exchanges = 1000;

  using giver = std::function<void(const nlohmann::ordered_json&)>;

  har_flow(const capture::flow_opening& flow, giver give);
  ~har_flow();
  har_flow(const har_flow&) = delete;
  har_flow& operator=(const har_flow&) = delete;

  void see(const seen_event& one);
  void end();

private:
  struct exchange;

  exchange* awaiting(unsigned depth);
  void give_first();
  void see_body(const seen_event& one, octet_view data);
  void see_message(const seen_event& one);

  capture::flow_opening flow_;
  giver give_;
  std::deque<std::unique_ptr<exchange>> open_;
};

/// Writes a HAR file, entry by entry. Nothing is written before the first or the end.
class har_writer {
public:
  explicit har_writer(std::ostream& to) : to_(to) {}
  void add(const nlohmann::ordered_json& entry);
  void finish();

private:
  void begin();

  std::ostream& to_;
  bool begun_ = false;
  bool first_ = true;
};

}  // namespace halley::inspect
