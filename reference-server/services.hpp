#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/topic.hpp"

namespace halley::gateway {

// Each service answers one request. The route table in http_session.cpp says which paths and
// methods reach it.

awaitable<void> http_echo(exchange& with);
/// The same, on a connection that from now on waits for nothing longer than a second.
awaitable<void> impatient_echo(exchange& with);
awaitable<void> inspect(exchange& with);
awaitable<void> publish(exchange& with);
awaitable<void> status(exchange& with);
awaitable<void> event_stream(exchange& with);
/// The same, for at most four subscribers of a topic.
awaitable<void> event_stream_for_few(exchange& with);
awaitable<void> long_poll(exchange& with);
/// The same, of which at most four of a topic are held.
awaitable<void> long_poll_for_few(exchange& with);
/// GET tells of a topic, DELETE ends it.
awaitable<void> about_topic(exchange& with);
awaitable<void> line_stream(exchange& with);
awaitable<void> comet(exchange& with);
/// The same, with a handler that does what the query asks of it.
awaitable<void> comet_handler(exchange& with);
awaitable<void> comet_history(exchange& with);
awaitable<void> comet_end(exchange& with);
awaitable<void> comet_write(exchange& with);
/// How a subscription of this request is bounded.
subscription::limits bounds_of(exchange& with);
/// Lets what is published go straight to the client while the request's writer waits. Not where
/// mutants are asked for: their faults are those of the writer.
void take_shortcut(exchange& with, subscription& events, form as, encoder encode);
/// The fault of a mutant: a stream begins though its request is about to be refused.
void begin_unchecked(connection& on, octet_view head);
awaitable<void> websocket_echo(exchange& with);
awaitable<void> websocket_echo_small(exchange& with);
awaitable<void> websocket_echo_subprotocol(exchange& with);
awaitable<void> websocket_topic(exchange& with);
/// CONNECT: takes the connection over.
awaitable<void> connect_proxy(exchange& with);

}  // namespace halley::gateway
