#pragma once

#include "clock/clock.hpp"

#include <chrono>
#include <cstddef>
#include <set>
#include <string>

namespace halley::gateway {

/// What the reference client may be told.
struct client_options {
  bool deflate = false;  // whether permessage-deflate is offered where a command does not say
  std::size_t maximum_head = std::size_t{64} << 10U;     // octets of all heads before the frames
  std::size_t maximum_message = std::size_t{64} << 20U;  // octets; over: Close 1009
  std::size_t maximum_queued = std::size_t{64} << 20U;   // octets that wait to be sent
  std::size_t maximum_sessions = 10'000;
  duration connect_timeout = std::chrono::seconds(10);
  duration opening_timeout = std::chrono::seconds(30);  // for the answer's whole head
  duration close_timeout = std::chrono::seconds(5);     // for the server's Close
  duration linger_timeout = std::chrono::seconds(2);    // for the server's FIN behind the Closes
  duration write_timeout = std::chrono::seconds(30);    // without progress
  // HTTP
  std::size_t maximum_redirects = 10;
  std::size_t maximum_body = std::size_t{64} << 20U;     // octets of an answer
  duration response_timeout = std::chrono::seconds(30);  // without an octet either way
  duration continue_timeout = std::chrono::seconds(1);   // for 100, before the body goes out
  // Event streams
  std::size_t maximum_stream_redirects = 20;         // as Fetch has it
  duration default_retry = std::chrono::seconds(3);  // until a stream sets it
  duration stop_timeout = std::chrono::seconds(5);

  /// Deviations to show, by name: those of mutants.hpp that begin with "client-".
  std::set<std::string> mutants;

  bool mutant(const char* name) const { return !mutants.empty() && mutants.contains(name); }
};

}  // namespace halley::gateway
