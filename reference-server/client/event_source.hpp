#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "clock/wake.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/event_stream_reader.hpp"
#include "reference-server/client/http_agent.hpp"
#include "reference-server/client/http_exchange.hpp"
#include "reference-server/client/http_request.hpp"
#include "transport/runtime.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

namespace halley::gateway {

/// An EventSource: one stream of events, asked for again whenever it ends, one connection at a
/// time. A request goes on where it was redirected to; an id is kept from stream to stream. It
/// tells app.open for each stream, app.message, app.error when a stream ends or fails, and
/// app.close behind that when it has failed for good. close() tells nothing.
/// Thread safety: one thread, that of the runtime.
/// Source: HTML §9.2.2, §9.2.3.
class event_source : public std::enable_shared_from_this<event_source>, private body_reader {
public:
  using listener = std::function<void(nlohmann::json event)>;

  struct wish {
    http_request asked;
    octets last_id;                           // of before: the first request has it, too
    std::optional<std::size_t> closes_after;  // the application closes it in its n-th message
    octets origin;                            // of the application, where that is a page of the web
    bool credentials = false;
  };

  event_source(transport::runtime& world,
               std::shared_ptr<const client_options> how,
               wish what,
               listener tell);

  void start(clock::tasks& by);
  void close();
  /// The same, and nothing is told any more, whatever was under way.
  void drop();
  bool ended() const { return state_ == state::closed; }

private:
  enum class state { connecting, open, closed };

  static awaitable<void> live(std::shared_ptr<event_source> self, clock::tasks& by);
  static awaitable<void> ask_leave(std::shared_ptr<event_source> self, clock::tasks& by);
  static awaitable<void> disturb(std::shared_ptr<event_source> self, clock::tasks& by);
  awaitable<void> wait(duration delay);
  use begin(const answer_head& head) override;
  bool take(octet_view piece) override;
  bool is_shared(const answer_head& head) const;
  bool tell_message(stream_message one);
  void prepare_request();
  bool fails_for_good(const http_outcome& got, bool opened) const;
  void take_retry();
  duration delay() const;
  void tell_error(const octets& why);
  void tell(nlohmann::json event);

  transport::runtime& world_;
  const std::shared_ptr<const client_options> how_;
  wish wish_;
  listener listener_;
  std::shared_ptr<http_agent> agent_;
  event_stream_reader stream_;
  clock::wake closing_;
  duration retry_;
  std::size_t failures_ = 0;  // one after the other
  std::size_t opened_ = 0;
  std::size_t messages_ = 0;
  state state_ = state::connecting;
};

/// Whether the Content-Type of `head` is that of an event stream, as the web's Fetch Standard
/// extracts a MIME type: the last valid one counts, its parameters do not.
bool is_event_stream(const answer_head& head, const client_options& how);

}  // namespace halley::gateway
