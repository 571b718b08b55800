#include "reference-server/mutants.hpp"

#include <array>
#include <span>

namespace halley::gateway {
namespace {

constexpr auto list = std::to_array<mutant>({
    // WebSocket, opening handshake
    {"any-version", "a Sec-WebSocket-Version other than 13 is refused (RFC 6455 §4.2.2)"},
    {"no-version-list", "the refusal names the versions spoken (RFC 6455 §4.4)"},
    {"connection-no-list", "Connection is a list of tokens (RFC 6455 §4.2.1)"},
    {"wrong-accept-key", "Sec-WebSocket-Accept follows from the key (RFC 6455 §4.2.2)"},
    {"unrequested-subprotocol", "only an offered subprotocol is chosen (RFC 6455 §4.2.2)"},
    // WebSocket, frames
    {"rsv-ignored", "a reserved bit fails the connection (RFC 6455 §5.2)"},
    {"rsv2-ping-ignored", "RSV2 in a Ping fails the connection (RFC 6455 §5.2)"},
    {"accepts-unmasked-frame", "an unmasked client frame fails the connection (RFC 6455 §5.1)"},
    {"pong-other-payload", "a Pong has the payload of its Ping (RFC 6455 §5.5.3)"},
    {"drop-without-close", "Close goes out before a failed connection ends (RFC 6455 §7.1.7)"},
    {"no-1009", "a message over the limit gets Close 1009 (endpoint contract ws.echo-small)"},
    {"echo-other-type", "the echo keeps the message type (endpoint contract ws.echo)"},
    {"close-unanswered", "a Close is answered with a Close (RFC 6455 §5.5.1)"},
    {"utf8-unchecked", "text that is no UTF-8 fails the connection (RFC 6455 §8.1)"},
    // HTTP
    {"accepts-no-host", "HTTP/1.1 without Host is answered 400 (RFC 9112 §3.2)"},
    {"accepts-obs-fold", "obsolete line folding is refused (RFC 9112 §5.2)"},
    {"bare-lf", "a line ends with CRLF (RFC 9112 §2.2, §7.1)"},
    {"chunk-not-last", "chunked is the final transfer coding (RFC 9112 §6.3)"},
    {"cl-te-accepted", "Content-Length beside Transfer-Encoding is refused (RFC 9112 §6.1)"},
    {"head-with-body", "an answer to HEAD has no content (RFC 9110 §9.3.2)"},
    {"no-linger", "unread input does not destroy the answer (RFC 9112 §9.6)"},
    {"no-continue", "100-continue is answered at once (RFC 9110 §10.1.1)"},
    {"pipeline-drops-second", "each pipelined request is answered (RFC 9112 §9.3.2)"},
    {"ignores-close", "after Connection: close the server closes (RFC 9112 §9.6)"},
    {"chunked-to-http10", "an HTTP/1.0 client gets no chunked answer (RFC 9112 §6.1)"},
    {"no-allow", "405 comes with Allow (RFC 9110 §15.5.6)"},
    {"accepts-two-hosts", "two Host lines are answered 400 (RFC 9112 §3.2)"},
    {"leaks-close-wait", "a peer's FIN on an idle connection is answered with FIN"},
    // Comet
    {"buffer-16", "each piece is echoed at once (endpoint contract comet-echo)"},
    {"comet-buffers-until-end", "the answer streams (endpoint contract comet-echo)"},
    {"comet-double-terminal", "one terminal event a connection (Comet event grammar)"},
    {"comet-silent-timeout", "ERROR/TIMEOUT once a period (Comet event grammar)"},
    {"comet-end-after-cut", "a cut request is no complete one (RFC 9112 §8)"},
    // Server-sent events
    {"sse-lf-only", "payload is split on CR, LF and CRLF (HTML, server-sent events)"},
    {"sse-drops-last-event-id", "Last-Event-ID resumes (HTML, server-sent events)"},
    {"sse-skip-one", "resuming loses no event (endpoint contract sse-stream)"},
    {"sse-replay-one", "resuming repeats no event (endpoint contract sse-stream)"},
    {"sse-ring-off-by-one", "the replay window holds as many events as promised"},
    {"sse-no-retry", "the stream sets its reconnection time (endpoint contract sse-stream)"},
    {"sse-no-heartbeat", "a comment comes each heartbeat (endpoint contract sse-stream)"},
    {"unbounded-queue", "a slow subscriber is cut off at its limit (endpoint contract topic)"},
    {"sse-wrong-type", "the type is text/event-stream (HTML, server-sent events)"},
    // Long poll
    {"poll-eats-on-abandon", "an abandoned poll consumes nothing (endpoint contract longpoll)"},
    {"poll-cursor-back", "the cursor stands behind the last event (endpoint contract longpoll)"},
    {"poll-timeout-408", "a poll that times out is answered 200 and empty (contract longpoll)"},
    // CONNECT
    {"connect-201", "a tunnel is opened with 200 (endpoint contract connect)"},
    {"connect-103", "no interim answer before the tunnel (endpoint contract connect)"},
    {"connect-body-header", "no Content-Length in a 2xx to CONNECT (RFC 9110 §9.3.6)"},
    {"connect-any-host", "only allowed targets are connected to (endpoint contract connect)"},
    {"tunnel-lossy", "tunnel octets pass unchanged (RFC 9110 §9.3.6)"},
    {"tunnel-closes-both", "a half-closed tunnel delivers the rest (RFC 9110 §9.3.6)"},
    {"tunnel-eats-early", "octets sent ahead go first (endpoint contract connect)"},
    {"tunnel-hides-reset", "a reset on one side is one on the other (endpoint contract connect)"},
});

}  // namespace

std::span<const mutant> all_mutants() {
  return list;
}

}  // namespace halley::gateway
