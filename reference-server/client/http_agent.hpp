#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/connecting.hpp"
#include "reference-server/client/http_exchange.hpp"
#include "reference-server/client/http_link.hpp"
#include "reference-server/client/http_request.hpp"
#include "reference-server/options.hpp"
#include "transport/runtime.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace halley::gateway {

/// The user agent of one application: its connections, kept for later requests, and the policy
/// around a request. Redirects are followed, ten at most. A request with an idempotent method is
/// sent once more where a connection that had served before ends without an answer. A refused
/// expectation is left out and the request sent again. It tells app.response or app.error.
/// Thread safety: one thread, that of the runtime.
class http_agent : public std::enable_shared_from_this<http_agent> {
public:
  using listener = std::function<void(nlohmann::json event)>;

  http_agent(transport::runtime& world, std::shared_ptr<const client_options> how, listener tell);
  http_agent(const http_agent&) = delete;
  http_agent& operator=(const http_agent&) = delete;
  ~http_agent() = default;

  /// Begins a request; what it does is owned by `by`.
  void request(http_request what, clock::tasks& by);
  /// Asks, and goes where it is redirected to: `what` becomes the request that the outcome belongs
  /// to. `reader`, if any, gets the answer that is no redirect. Nothing is told. All outlive it.
  awaitable<http_outcome> fetch(http_request& what, body_reader* reader, clock::tasks& by);
  /// Gives up what is under way and closes all connections; that is told.
  void close();
  /// The same, and nothing more is told.
  void drop();

private:
  struct served {
    std::shared_ptr<http_link> link;  // null: there is no connection
    bool fresh = false;
    octets why;
  };

  static awaitable<void> live(std::shared_ptr<http_agent> self,
                              http_request what,
                              clock::tasks& by);
  awaitable<http_outcome> answer_to(http_request what, body_reader* reader, clock::tasks& by);
  awaitable<http_outcome> attempt(http_request what,
                                  body_reader* reader,
                                  clock::tasks& by,
                                  bool& fresh);
  awaitable<served> connection_for(http_request what, clock::tasks& by);
  awaitable<octets> open_tunnel(http_request what, std::shared_ptr<http_link> on, clock::tasks& by);
  void settle(const std::shared_ptr<http_link>& link, const http_outcome& after);
  void tell_response(const http_outcome& got);
  void tell_error(const octets& why);

  transport::runtime& world_;
  const std::shared_ptr<const client_options> how_;
  const options reading_;
  listener listener_;
  std::vector<std::shared_ptr<http_link>> links_;
  std::vector<std::shared_ptr<connecting>> connecting_;
};

}  // namespace halley::gateway
