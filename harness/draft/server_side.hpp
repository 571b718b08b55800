#pragma once

#include "base/bytes.hpp"
#include "draft/client_side.hpp"
#include "draft/step_list.hpp"
#include "inspect/verdict.hpp"
#include "scenario/value.hpp"
#include "trace/event.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_message.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halley::draft {

/// Makes expectations of what one server answered: what it said to its client, not how. Header
/// fields that differ from day to day, ids, the borders of chunks and frames are left open, and so
/// is what a finding says was wrong.
class server_side {
public:
  /// Lifetime: of all references beyond this.
  server_side(std::string conn,
              const inspect::flow_verdict& verdict,
              draft_words& words,
              step_list& to)
      : conn_(std::move(conn)), verdict_(verdict), words_(words), to_(to) {}

  /// `waited`: since the last thing that happened. `nonce`: the variable with the WebSocket key.
  void take(const trace::event& one, std::chrono::nanoseconds waited, const std::string& nonce);
  /// Something else happens: what came of a body is expected before it.
  void flush();
  void closed(std::chrono::nanoseconds waited);
  /// Whether what it says can be followed no further.
  bool lost() const { return lost_; }
  bool deflates() const { return deflates_; }

private:
  void take_head(const wire::response_head& head,
                 std::chrono::nanoseconds waited,
                 const std::string& nonce);
  void take_event(const wire::sse_event& one, bool faulty, std::chrono::nanoseconds waited);
  bool is_faulty(const trace::event& one) const;
  void expect(const std::string& event,
              std::vector<std::pair<std::string, scenario::value>> fields,
              const std::string& requirement,
              std::chrono::nanoseconds waited);

  std::string conn_;
  const inspect::flow_verdict& verdict_;
  draft_words& words_;
  step_list& to_;
  octets body_;
  std::chrono::nanoseconds body_waited_{0};
  bool keeps_body_ = false;
  bool in_message_ = false;
  bool events_ = false;
  bool deflates_ = false;
  bool lost_ = false;
};

}  // namespace halley::draft
