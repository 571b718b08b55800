#include "cli/contracts.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

namespace halley::cli {
namespace {

constexpr contract table[] = {
    {"ws.echo", "WebSocket that sends each message back",
     "Accepts the opening handshake and sends every text and binary message back with the same "
     "type and octets, in order. Messages of at least 1 MiB are accepted. It answers pings and "
     "takes part in the closing handshake as RFC 6455 says, and sends nothing of its own.",
     "on message(type, octets): send(type, octets)"},
    {"ws.echo-small", "ws.echo with a message limit of 64 KiB",
     "As ws.echo, but a message of more than 65536 octets is refused with Close 1009, whether "
     "it comes in one frame or in many, compressed or not.",
     "ws.echo with its maximum message size set to 65536"},
    {"ws.echo-subprotocol", "ws.echo that speaks the subprotocols chat.halley and echo.halley",
     "As ws.echo. Of the subprotocols that the client offers it selects one that it knows, and "
     "none that was not offered; without a common one it accepts without a subprotocol.",
     "ws.echo with subprotocols [chat.halley, echo.halley]"},
    {"ws.topic", "WebSocket view of a topic",
     "Sends each event that is published to the topic of its URL as one text message, in the "
     "order of publication, to every subscriber. With ?cursor=N those behind the Nth come first.",
     "on publish(event): for each socket: send(text, event)"},
    {"http.root", "answers GET with 200",
     "Answers GET and HEAD with 200 and a body of known length. Connections persist as RFC 9112 "
     "§9.3 says; most faults of framing are shown to this endpoint.",
     "on GET: respond(200, \"OK\")"},
    {"http.echo", "answers a request with its body",
     "Answers 200 with the octets of the request body, whatever its framing; GET without a body "
     "gets a short text. Connections persist as RFC 9112 §9.3 says.",
     "on request: respond(200, body)"},
    {"http.impatient", "http.root that waits for nothing longer than 2 s",
     "As http.root. Behind its first answer a connection is ended, with or without 408, when for "
     "2 s no request comes, or the rest of a head or body does not come.",
     "http.root with all of its time limits set to 1 s"},
    {"http.impatient-echo", "http.echo that waits for nothing longer than 2 s",
     "As http.echo and http.impatient. A connection is ended, too, when for 2 s nothing of the "
     "answer can be written.",
     "http.echo with all of its time limits set to 1 s"},
    {"http.inspect", "answers a request with what it understood",
     "Answers 200 with a JSON object {\"method\", \"target\", \"headers\": [[name, value]…], "
     "\"body\": hex}: the request as the server's own parser saw it.",
     "on request: respond(200, json(request))"},
    {"http.comet-echo", "echoes a request body while it is still being sent",
     "POST with a chunked body: the response head goes out before the request has ended, each "
     "piece of body comes back before the next one is needed, and the response ends after the "
     "request has ended.",
     "on head: respond(200, chunked); on body(piece): write(piece); on end: finish"},
    {"http.comet-handler", "http.comet-echo with a handler that does what the query asks",
     "As http.comet-echo. close=begin|read|MS: the handler ends the answer of its own accord, in "
     "BEGIN, behind its first READ, or so many milliseconds after BEGIN; the connection is kept "
     "if the request body was consumed, and closed otherwise. fail=begin|read: it fails there, "
     "which is answered 500 or, behind the head, cut without a last chunk. unread=1|rest: a READ "
     "takes nothing, or one octet, and leaves the rest, which is an error and cut in the same "
     "way. flood=N: it writes N octets in BEGIN. patience=MS: a client that does not read is cut "
     "off after so long.",
     "http.comet-echo; on begin, read, timer: as the query says, end(), throw or return"},
    {"http.comet-log", "the life of each comet connection as events",
     "GET answers with a JSON list of the events of the streams that were opened with this key "
     "in their query, in order: {connection, event, subtype, octets, handle}. Event is BEGIN, "
     "READ, END or ERROR; octets stand with READ; the handle with BEGIN, where the hook "
     "comet-write takes it.",
     "on any event of ?key=KEY: append to log(KEY); on GET: respond(200, json(log(KEY)))"},
    {"http.sse-stream", "event stream of a topic",
     "GET answers 200 with text/event-stream. Events that were published go out at once, each "
     "with an id; Last-Event-ID resumes after the named event without loss or duplicate.",
     "on GET: head; replay after Last-Event-ID; then each published event with its id"},
    {"http.sse-fast-heartbeat", "http.sse-stream with a comment every 200 ms",
     "As http.sse-stream, but a stream without events sends a comment line at least every 200 "
     "ms, "
     "so that heartbeats can be seen without waiting for the usual period.",
     "http.sse-stream with its heartbeat period set to 200 ms"},
    {"http.sse-of-one", "http.sse-stream whose clients are all the same one",
     "As http.sse-stream, but every request is taken for one of the same client: the newer stream "
     "ends the older, which is completed.",
     "http.sse-stream that knows its clients, asked as one of them"},
    {"http.sse-dropping", "http.sse-stream that drops events rather than subscribers",
     "As http.sse-stream, but a subscriber that leaves 8 MiB unread keeps its connection: the "
     "oldest events that were not sent are dropped, and an event of the type gap without an id "
     "says so in their place.",
     "http.sse-stream with a bounded queue that drops its oldest"},
    {"http.sse-for-few", "http.sse-stream for four subscribers",
     "As http.sse-stream, but a topic has at most four subscribers at a time. The fifth may come "
     "back later, and those who are there stay.",
     "http.sse-stream with a limit of 4 subscribers a topic"},
    {"http.guarded", "http.sse-stream for one user, and for the pages of one origin",
     "As http.sse-stream. Without the Basic credentials halley:secret it answers 401 with a "
     "challenge; with them it sets a cookie that stands for them from then on. Pages of "
     "http://app.halley.test:8080 may use it with GET and POST, with credentials and with the "
     "fields Content-Type and Last-Event-ID; to those of any other origin, null too, it answers "
     "403.",
     "http.sse-stream behind checks of Origin, then of Cookie or Authorization"},
    {"http.guarded-poll", "http.longpoll behind the checks of http.guarded",
     "As http.longpoll, with the credentials, the cookie and the origins of http.guarded.",
     "http.longpoll behind the same checks"},
    {"http.guarded-publish", "http.publish behind the checks of http.guarded, and with a limit",
     "As http.publish, with the credentials, the cookie and the origins of http.guarded. From an "
     "idle topic 100 events are taken at once, not 1000; what is too much is refused with 429 or "
     "503, and none of it is published. 3 s later 100 events are taken again.",
     "http.publish behind the same checks and a token bucket"},
    {"ws.guarded", "ws.topic behind the checks of http.guarded",
     "As ws.topic, with the credentials, the cookie and the origins of http.guarded.",
     "ws.topic behind the same checks"},
    {"http.longpoll", "long poll of a topic",
     "GET with ?cursor=C answers at once when something is newer than C, else holds until "
     "something is published or the hold time ends. The answer lists events and a new cursor; an "
     "abandoned poll consumes nothing. What the log no longer holds is announced by a member gap.",
     "on GET: wait until log has more than C or time is up; respond(200, {events, cursor})"},
    {"http.longpoll-of-one", "http.longpoll whose clients are all the same one",
     "As http.longpoll, but every poll is taken for one of the same client: the newer poll "
     "releases "
     "the older, which is answered empty. The address has a query, and the cursor follows in it.",
     "http.longpoll that knows its clients, asked as one of them"},
    {"http.longpoll-for-few", "http.longpoll that holds four polls",
     "As http.longpoll, but of a topic at most four polls are held at a time. A fifth is answered "
     "at once, with 503 or empty, and those that are held stay.",
     "http.longpoll with a limit of 4 held polls a topic"},
    {"http.stream", "chunked stream of a topic, one JSON object a line",
     "GET answers with a chunked body that goes on for ever; each published event is one line "
     "and is sent at once. Lines, not chunks, carry meaning. A stream that the server ends has the "
     "last line {\"end\":true}.",
     "on publish(event): for each stream: write(json(event) + LF)"},
    {"http.stream-of-two", "http.stream that ends behind 40 octets of lines",
     "As http.stream, but it ends, complete and with its last line, once 40 octets of lines have "
     "been sent. The address has a query, and a cursor follows in it.",
     "http.stream with a limit of 40 octets a response"},
    {"http.publish", "publishes to a topic",
     "POST adds the request body as one event to the topic of the URL, or with ?count=N that "
     "many numbered events, and answers 2xx after they can be seen by subscribers.",
     "on POST: topic.append(body); respond(200)"},
    {"http.status", "counters of the server",
     "GET answers 200 with a JSON object that has at least the number of open connections, so "
     "that leaks can be seen.",
     "on GET: respond(200, {\"connections\": n})"},
    {"proxy.http", "HTTP proxy or gateway that forwards to loopback",
     "Forwards requests to 127.0.0.1 and any port, and the answers back. An address without a path "
     "is that of a forward proxy and is asked in absolute-form; one with a path that holds "
     "${origin.port} is that of a gateway, which drops this path and forwards what stands behind "
     "it.",
     "on request http://host:port/path, or /to/port/path: forward; respond(answer)"},
    {"proxy.impatient", "proxy.http that waits for an origin at most 2 s",
     "As proxy.http, and as proxy.connect where CONNECT is served at all. An origin that does not "
     "take the connection, or sends nothing of an answer, for 2 s is given up.",
     "proxy.http with its time limits for connecting and for the answer set to 1 s"},
    {"proxy.restricted", "proxy.connect for one user, and not to ports below 1024",
     "As proxy.connect, but without the Basic credentials halley:secret it answers 407 with a "
     "challenge, and with them 4xx for ports below 1024.",
     "proxy.connect with credentials halley:secret and ports 1024-65535"},
    {"proxy.connect", "HTTP proxy that tunnels to loopback with CONNECT",
     "CONNECT to 127.0.0.1 and any port answers 200 after the target has connected, then carries "
     "octets both ways unchanged and passes on the end of each direction.",
     "on CONNECT host:port: connect; respond(200); pipe both ways"},
};

}  // namespace

const std::vector<contract>& contracts() {
  static const std::vector<contract> all(std::begin(table), std::end(table));
  return all;
}

const contract* find_contract(std::string_view name) {
  const auto& all = contracts();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace halley::cli
