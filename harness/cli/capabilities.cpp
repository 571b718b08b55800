#include "cli/capabilities.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace halley::cli {

const std::vector<capability_line>& capabilities() {
  static const std::vector<capability_line> table = {
      {"ws.server", "accepts WebSocket connections", "ws.echo"},
      {"ws.client", "opens WebSocket connections", "driver"},
      {"ws.client-deflate", "offers permessage-deflate as a client", "driver"},
      {"ws.permessage-deflate", "negotiates permessage-deflate", "ws.echo"},
      {"ws.subprotocol", "selects a subprotocol", "ws.echo-subprotocol"},
      {"ws.message-limit", "refuses messages over a limit", "ws.echo-small"},
      {"ws.topic", "delivers published events over WebSocket", "ws.topic"},
      {"ws.topic-resume", "goes on behind a cursor over WebSocket", "ws.topic"},
      {"http.server", "answers HTTP/1.1 requests", "http.echo"},
      {"http.echo", "sends a request body back", "http.echo"},
      {"http.inspect", "shows what its parser understood", "http.inspect"},
      {"http.chunked-request", "reads chunked request bodies", "http.comet-echo"},
      {"http.full-duplex", "answers while the request is still being sent", "http.comet-echo"},
      {"http.half-close", "answers a request whose client has half-closed", "http.root"},
      {"http.keep-alive", "keeps connections for further requests", "http.echo"},
      {"http.pipelining", "answers pipelined requests in order", "http.echo"},
      {"comet.handler", "ends, fails and writes as a query asks", "http.comet-handler"},
      {"comet.log", "tells the life of comet connections as events", "http.comet-log"},
      {"sse.server", "serves event streams", "http.sse-stream"},
      {"http.client", "sends HTTP requests", "driver"},
      {"sse.client", "reads event streams", "driver"},
      {"sse.client-cors", "reads those of another origin as a page of the web does", "driver"},
      {"sse.resume", "resumes an event stream after Last-Event-ID", "http.sse-stream"},
      {"sse.retry", "sets the reconnection time", "http.sse-stream"},
      {"sse.bounded", "cuts off a subscriber that leaves 8 MiB unread", "http.sse-stream"},
      {"sse.ends-at-half-close", "takes a half-close for the end", "http.sse-stream"},
      {"sse.heartbeat", "sends comments on an idle stream", "http.sse-stream"},
      {"longpoll.server", "holds polls until there is news", "http.longpoll"},
      {"longpoll.ends-at-half-close", "takes a half-close for the end of a poll", "http.longpoll"},
      {"stream.server", "streams a topic in a chunked body", "http.stream"},
      {"access.credentials", "asks for Basic credentials", "http.guarded"},
      {"access.cookie", "takes a cookie for credentials", "http.guarded"},
      {"access.origins", "tells origins apart", "http.guarded"},
      {"access.publish-rate", "bounds how fast is published", "http.guarded-publish"},
      {"proxy.http", "forwards requests", "proxy.http"},
      {"proxy.forward", "is asked in absolute-form", "proxy.http"},
      {"proxy.gateway", "is asked by path", "proxy.http"},
      {"proxy.upgrade", "passes an Upgrade on and then carries octets", "proxy.http"},
      {"proxy.streaming", "forwards each piece of a body as it comes", "proxy.http"},
      {"proxy.impatient", "gives an origin up that does not answer", "proxy.impatient"},
      {"proxy.restricted", "asks for credentials", "proxy.restricted"},
      {"proxy.ports", "tunnels to some ports only", "proxy.restricted"},
      {"proxy.connect", "tunnels with CONNECT", "proxy.connect"},
      {"proxy.half-close", "carries a half-close through a tunnel", "proxy.connect"},
      {"proxy.reset", "passes a reset on through a tunnel", "proxy.connect"},
      {"status.server", "shows its counters", "http.status"},
      {"hook.sse-publish", "can be told to publish events on a stream", "hook sse-publish"},
      {"hook.publish", "can be told to publish numbered events", "hook publish"},
      {"hook.publish-data", "can be told to publish given data", "hook publish-data"},
      {"hook.subscribers", "tells how many listen to a topic", "hook subscribers"},
      {"hook.end-topic", "can be told to end a topic", "hook end-topic"},
      {"hook.comet-end", "can be told to end streams", "hook comet-end"},
      {"hook.comet-write", "can be told to write to a stream", "hook comet-write"},
      {"driver.observe", "reports what its application saw", "driver"},
  };
  return table;
}

const capability_line* find_capability(std::string_view name) {
  const auto& table = capabilities();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& one) { return one.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace halley::cli
