#pragma once

#include "clock/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace halley::gateway {

/// What becomes of a subscriber whose queue is full.
enum class slow_policy {
  disconnect,   // it is cut off, and may resume
  drop_oldest,  // its oldest events are dropped, and it is told which
};

/// An origin whose pages may use the services. Source: RFC 6454 §4; the Fetch standard, "HTTP CORS
/// protocol".
struct origin_rule {
  std::string origin;        // "scheme://host[:port]", "null", or "*": everybody, no credentials
  bool credentials = false;  // its pages may send cookies and Basic credentials
  std::string methods = "GET, HEAD, POST";
  std::string headers;  // those that a page may set, beside those that need no leave
  duration maximum_age = std::chrono::minutes(10);  // of what a preflight said
};

/// What a gateway may be told. The gateway reads no files: whoever has a configuration fills this.
struct options {
  // WebSocket
  std::size_t ws_maximum_message_size = std::size_t{64} << 20U;        // octets; over: Close 1009
  std::size_t ws_small_maximum_message_size = std::size_t{64} << 10U;  // the same for /echo-small
  duration ws_inactivity_timeout{0};  // 0 = off; a ping after half of it without input
  duration ws_close_timeout = std::chrono::seconds(5);  // for the peer's Close, then for its FIN
  bool ws_deflate = true;                               // accept permessage-deflate when offered

  // HTTP
  duration http_keepalive_timeout = std::chrono::seconds(30);
  duration http_header_timeout = std::chrono::seconds(10);
  duration http_body_timeout = std::chrono::seconds(30);  // between two reads of a body
  std::size_t http_maximum_head_size = std::size_t{64} << 10U;
  std::size_t http_maximum_fields = 1000;
  std::size_t http_maximum_body_size = std::size_t{64} << 20U;  // of a body kept whole
  bool http_server_header = true;

  // Every connection
  std::size_t pending_high = std::size_t{64} << 10U;  // octets read ahead; reading pauses there
  std::size_t pending_low = std::size_t{32} << 10U;   // and goes on here
  duration write_timeout = std::chrono::seconds(30);  // without progress: the peer is cut off
  duration linger_timeout = std::chrono::seconds(2);
  std::size_t linger_maximum = std::size_t{256} << 10U;
  std::size_t maximum_connections = 10'000;
  duration shutdown_timeout = std::chrono::seconds(5);  // stop() cuts what is left after it

  // Topics and their views
  std::size_t topic_window_events = 1000;
  std::size_t topic_window_octets = std::size_t{1} << 20U;
  std::size_t topic_slow_limit = std::size_t{1} << 20U;     // octets queued for one subscriber
  slow_policy topic_slow_policy = slow_policy::disconnect;  // ?slow=drop chooses the other
  std::size_t topic_maximum = 100'000;                      // topics
  std::size_t publish_rate = 0;      // events a second and topic, 0 = any: over it 429, Retry-After
  std::size_t publish_burst = 1000;  // and as many at once
  duration sse_heartbeat = std::chrono::seconds(30);
  duration sse_retry = std::chrono::seconds(3);
  duration poll_hold = std::chrono::seconds(30);
  duration poll_maximum_hold = std::chrono::seconds(120);
  std::size_t poll_maximum = 1000;  // polls held at once

  // Who may use the services
  /// Whose pages may; a page of the gateway's own origin always may, any other gets 403.
  std::vector<origin_rule> origins;
  /// "user:password" that the views of topics and publishing ask for, as Basic or by the cookie
  /// that is set then; empty: nobody is asked.
  std::string push_credentials;
  duration push_cookie_lifetime = std::chrono::hours(1);

  // Comet and CONNECT
  duration comet_timeout = std::chrono::seconds(30);
  std::size_t comet_log_events = 10'000;  // kept in all logs together, oldest dropped
  duration connect_timeout = std::chrono::seconds(10);
  /// "user:password" that CONNECT asks for, as Basic; empty: nobody is asked.
  std::string connect_credentials;
  std::uint16_t connect_lowest_port = 1;                 // ports that CONNECT leads to
  duration upstream_timeout = std::chrono::seconds(60);  // of an origin that was asked
  duration tunnel_idle_timeout = std::chrono::seconds(120);
  duration half_close_bound = std::chrono::seconds(30);

  /// Deviations to show, by name: see mutants.hpp.
  std::set<std::string> mutants;

  bool mutant(const char* name) const { return !mutants.empty() && shows(name); }

private:
  bool shows(const char* name) const;
};

}  // namespace halley::gateway
