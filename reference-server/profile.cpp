#include "reference-server/profile.hpp"

#include "base/version.hpp"
#include "reference-server/options.hpp"
#include "transport/transport.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace halley::gateway {
namespace {

// AUTHORITY, OTHERS and VERSION are filled in; "${…}" stays for whoever reads the profile.
constexpr std::string_view form = R"(profile: 1
name: halley-gateway
version: "VERSION"
roles: [server, proxy]
endpoints:
  ws.echo: ws://AUTHORITY/echo
  ws.echo-small: ws://AUTHORITY/echo-small
  ws.echo-subprotocol: ws://AUTHORITY/echo-subprotocol
  ws.topic: ws://AUTHORITY/topics/${key}
  http.root: http://AUTHORITY/
  http.echo: http://AUTHORITY/http-echo
  http.impatient: http://AUTHORITY/impatient
  http.impatient-echo: http://AUTHORITY/impatient
  http.inspect: http://AUTHORITY/inspect
  http.comet-echo: http://AUTHORITY/comet
  http.comet-handler: http://AUTHORITY/comet-handler
  http.comet-log: http://AUTHORITY/comet-log/${key}
  http.sse-stream: http://AUTHORITY/sse/${key}
  http.sse-fast-heartbeat: http://AUTHORITY/sse/${key}?heartbeat=200
  http.sse-of-one: http://AUTHORITY/sse/${key}?client=one
  http.sse-dropping: http://AUTHORITY/sse/${key}?slow=drop
  http.sse-for-few: http://AUTHORITY/sse-for-few/${key}
  http.longpoll: http://AUTHORITY/poll/${key}
  http.longpoll-of-one: http://AUTHORITY/poll/${key}?client=one
  http.longpoll-for-few: http://AUTHORITY/poll-for-few/${key}
  http.stream: http://AUTHORITY/stream/${key}
  http.stream-of-two: http://AUTHORITY/stream/${key}?limit=40
  http.publish: http://AUTHORITY/publish/${key}
  http.status: http://AUTHORITY/status
  proxy.connect: http://AUTHORITY
  proxy.http: http://AUTHORITY
OTHERShooks:
  sse-publish: {http: {method: POST, url: "http://AUTHORITY/publish/${key}?count=${count}"}}
  publish: {http: {method: POST, url: "http://AUTHORITY/publish/${key}?count=${count}"}}
  publish-data: {http: {method: POST, url: "http://AUTHORITY/publish/${key}", body: "${data}"}}
  subscribers: {http: {method: GET, url: "http://AUTHORITY/about-topic/${key}"}}
  end-topic: {http: {method: DELETE, url: "http://AUTHORITY/about-topic/${key}"}}
  comet-log: {http: {method: GET, url: "http://AUTHORITY/comet-log/${key}"}}
  comet-end: {http: {method: POST, url: "http://AUTHORITY/comet-end/${key}?subtype=${subtype}"}}
  comet-write: {http: {method: POST, url: "http://AUTHORITY/comet-write/${handle}", body: "${data}"}}
capabilities:
  ws.server: yes
  ws.permessage-deflate: yes
  ws.subprotocol: yes
  ws.message-limit: yes
  ws.topic: yes
  ws.topic-resume: yes
  http.server: yes
  http.echo: yes
  http.inspect: yes
  http.chunked-request: yes
  http.full-duplex: yes
  http.half-close: yes
  http.keep-alive: yes
  http.pipelining: yes
  comet.log: yes
  comet.handler: yes
  sse.server: yes
  sse.resume: yes
  sse.bounded: yes
  sse.retry: yes
  sse.heartbeat: yes
  sse.ends-at-half-close: yes
  longpoll.server: yes
  longpoll.ends-at-half-close: yes
  stream.server: yes
  status.server: yes
  proxy.connect: yes
  proxy.half-close: yes
  proxy.reset: yes
  proxy.http: yes
  proxy.forward: yes
  proxy.gateway: {no: "asked in absolute-form here; a path /to/PORT/ would do, too"}
  proxy.ports: yes
  access.credentials: yes
  access.cookie: yes
  access.origins: yes
  access.publish-rate: yes
  proxy.upgrade: yes
  proxy.streaming: yes
  hook.sse-publish: yes
  hook.publish: yes
  hook.publish-data: yes
  hook.subscribers: yes
  hook.end-topic: yes
  hook.comet-end: yes
  hook.comet-write: yes
)";

void replace_all(std::string& in, std::string_view what, std::string_view with) {
  for (std::size_t at = in.find(what); at != std::string::npos; at = in.find(what, at))
    in.replace(at, what.size(), with);
}

std::string endpoint_line(std::string_view contract,
                          const std::optional<transport::endpoint>& where) {
  if (!where) return {};
  return "  " + std::string(contract) + ": http://" + transport::to_string(*where) + "\n";
}

std::string guarded_endpoints(const std::optional<transport::endpoint>& where) {
  if (!where) return {};
  std::string lines = R"(  http.guarded: http://AUTHORITY/sse/${key}
  http.guarded-poll: http://AUTHORITY/poll/${key}
  http.guarded-publish: http://AUTHORITY/publish/${key}
  ws.guarded: ws://AUTHORITY/topics/${key}
)";
  replace_all(lines, "AUTHORITY", transport::to_string(*where));
  return lines;
}

}  // namespace

options restricted_options(options how) {
  constexpr std::uint16_t first_unprivileged = 1024;
  how.push_credentials = "halley:secret";
  how.origins = {{"http://app.halley.test:8080", true, "GET, POST", "Content-Type, Last-Event-ID"}};
  how.publish_rate = 100;
  how.publish_burst = 200;
  how.connect_credentials = "halley:secret";
  how.connect_lowest_port = first_unprivileged;
  return how;
}

options impatient_options(options how) {
  how.connect_timeout = std::chrono::seconds(1);
  how.upstream_timeout = std::chrono::seconds(1);
  return how;
}

std::string profile_text(const addresses& where) {
  std::string result(form);
  replace_all(result, "OTHERS",
              endpoint_line("proxy.restricted", where.restricted) +
                  endpoint_line("proxy.impatient", where.impatient) +
                  guarded_endpoints(where.restricted));
  replace_all(result, "AUTHORITY", transport::to_string(where.usual));
  replace_all(result, "VERSION", program_version);
  return result;
}

}  // namespace halley::gateway
