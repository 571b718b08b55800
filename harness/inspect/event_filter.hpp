#pragma once

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halley::inspect {

/// What a filter knows of one event.
struct event_facts {
  std::string_view protocol;  ///< "http", "ws", "sse", "tunnel"
  std::string_view type;      ///< "request", "response", "text", "ping", "event", …
  capture::side from = capture::side::client;
  std::uint64_t flow = 0;
  std::uint64_t length = 0;  ///< octets of payload, or of the head
  int status = 0;            ///< of a response
  octet_view text;           ///< the payload, or the head
};

/// `proto:ws dir:in len>1000 text~"error"`: words that an event has to fit, all of them; a leading
/// `-` turns one round.
///   proto:http|ws|sse|tunnel   type:text   side:client|server   dir:in|out (in = to the client)
///   flow:12   status:404   len>N len<N len=N   text~part text~"a part"
class event_filter {
public:
  /// On failure `problem` says which word is wrong, and what there is.
  static event_filter parse(std::string_view text, std::string& problem);

  bool fits(const event_facts& one) const;
  bool empty() const { return terms_.empty(); }

private:
  struct term {
    std::string key;
    char relation = ':';
    std::string value;
    std::uint64_t number = 0;
    bool negated = false;
  };

  static bool parse_term(std::string_view word, term& out);
  static bool fits(const term& one, const event_facts& event);

  std::vector<term> terms_;
};

}  // namespace halley::inspect
