#pragma once

#include "base/bytes.hpp"
#include "draft/endpoint_names.hpp"
#include "draft/step_list.hpp"
#include "scenario/value.hpp"
#include "trace/event.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::draft {

/// What all connections of a draft share.
struct draft_words {
  endpoint_names endpoints;
  std::string family;                         ///< of the connection's endpoint, "ws" or "http"
  std::set<octets> asked_ids;                 ///< what clients say as Last-Event-ID
  std::map<octets, std::string> event_ids{};  ///< of them, those that a variable holds by now
};

/// Makes steps of what one client sent. A step stands for octets only where it gives the same ones
/// again, but for what the runner draws itself; all others are sent as they are.
class client_side {
public:
  /// `conn`: empty for the only connection. `data`: all that the client sent. Lifetime: of both
  /// references beyond this.
  client_side(std::string conn,
              octet_view data,
              const trace::event* first_request,
              draft_words& words,
              step_list& to);

  /// What the client sent is complete up to here.
  void take(const trace::event& one);
  /// Sends all up to `end` that no step stands for.
  void send_rest(std::uint64_t end);
  /// Where the octets begin that were not sent yet.
  std::uint64_t sent() const { return sent_; }
  /// Whether a step begins where `one` does.
  static bool begins_step(const trace::event& one);

  const std::string& endpoint() const { return endpoint_; }
  /// The variable that holds the WebSocket key; empty where the scenario draws none.
  const std::string& nonce() const { return nonce_; }
  void deflate_agreed() { deflate_ = true; }

private:
  struct sent_frame {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    wire::websocket_frame what;
  };

  void take_head(const trace::event& one, const wire::request_head& head);
  void take_chunk(const trace::event& one, const octets& extension, std::uint64_t size);
  void take_end_of_chunks();
  void take_frame(const trace::event& one, wire::websocket_frame frame);
  void take_close(const trace::event& one, const wire::websocket_close& close);
  void take_compressed(const wire::websocket_message& message);
  void say_frame(const sent_frame& one);
  void step(std::uint64_t begin, std::uint64_t end, const std::string& form, scenario::value what);
  octet_view at(std::uint64_t begin, std::uint64_t size) const;
  bool same(std::uint64_t begin, octet_view wanted) const {
    return at(begin, wanted.size()) == wanted;
  }

  std::string conn_;
  octet_view data_;
  draft_words& words_;
  step_list& to_;
  std::string endpoint_;
  std::string nonce_;
  std::uint64_t sent_ = 0;
  bool deflate_ = false;
  bool last_chunk_ = false;
  std::vector<std::pair<octets, octets>> trailers_;
  std::vector<sent_frame> compressed_;  ///< of a message whose end has not come
};

}  // namespace halley::draft
