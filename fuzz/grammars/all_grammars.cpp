#include "fuzz/grammars/connect_grammar.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/grammars/held_grammars.hpp"
#include "fuzz/grammars/http_grammar.hpp"
#include "fuzz/grammars/mutated_grammar.hpp"
#include "fuzz/grammars/websocket_grammar.hpp"

#include <vector>

namespace halley::fuzz {

const std::vector<grammar>& all_grammars() {
  static const std::vector<grammar> all = {
      {"http", "one to four requests on one connection", http_fits, compose_http},
      {"websocket", "a handshake and up to eight frames", websocket_fits, compose_websocket},
      {"sse", "event streams, with Last-Event-ID in many forms", sse_fits, compose_sse},
      {"longpoll", "polls along cursors in many forms", long_poll_fits, compose_long_poll},
      {"stream", "chunked streams from cursors in many forms", stream_fits, compose_stream},
      {"connect", "tunnels and forwarded requests", connect_fits, compose_connect},
      {"mutated", "seeds and exchanges of the others, with changed octets", mutated_fits,
       compose_mutated},
  };
  return all;
}

}  // namespace halley::fuzz
