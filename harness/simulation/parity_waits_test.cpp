#include "clock/clock.hpp"
#include "simulation/parity.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

// What operations that wait are told, and how connections come about, on the sockets of this
// machine and in the simulation.
namespace halley::simulation::parity {
namespace {

const std::string block(65'536, 'b');

awaitable<void> cancelled_read(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  pending read(world, saw, "client");
  read.read(*ends.client);
  ends.client->cancel();
  co_await read.wait();
  co_await writes(*ends.server, "later", saw, "server");
  co_await reads(*ends.client, 5, saw, "client");
}

awaitable<void> closed_while_reading(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  pending read(world, saw, "client");
  read.read(*ends.client);
  ends.client->close();
  co_await read.wait();
  co_await drains(*ends.server, saw, "server");
}

awaitable<void> aborted_while_reading(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  pending read(world, saw, "client");
  read.read(*ends.client);
  ends.client->abort();
  co_await read.wait();
  co_await drains(*ends.server, saw, "server");
}

awaitable<void> destroyed_while_reading(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  pending read(world, saw, "client");
  read.read(*ends.client);
  ends.client.reset();
  co_await read.wait();
  co_await drains(*ends.server, saw, "server");
}

awaitable<void> read_waits_for_fin(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  pending read(world, saw, "server");
  read.read(*ends.server);
  shuts_down(*ends.client, saw, "client");
  co_await read.wait();
}

/// Nothing is written after that: where a write had waited, the sockets of Asio would wait for room
/// again and never be told.
awaitable<void> both_told_of_a_reset(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  pending write(world, saw, "");
  co_await fill(*ends.server, write, block);
  pending blocked(world, saw, "blocked write");
  pending read(world, saw, "read");
  ends.server->cancel();
  co_await write.wait();
  saw.note("cancelled write", name(write.result()));
  blocked.write(*ends.server, block);
  read.read(*ends.server);
  ends.client->abort();
  co_await blocked.wait();
  co_await read.wait();
  shuts_down(*ends.server, saw, "server");
}

awaitable<void> both_cancelled(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  pending write(world, saw, "write");
  pending filling(world, saw, "");
  co_await fill(*ends.server, filling, block);
  ends.server->cancel();
  co_await filling.wait();
  pending read(world, saw, "read");
  write.write(*ends.server, block);
  read.read(*ends.server);
  ends.server->close();
  co_await write.wait();
  co_await read.wait();
}

/// Reads all and counts.
awaitable<std::size_t> count_all(transport::transport& from, error_code& error) {
  std::size_t all = 0;
  std::string into(65'536, '\0');
  error.clear();
  while (!error) {
    const auto buffer = boost::asio::buffer(into);
    const std::size_t got = co_await transport::read_some(from, buffer, error);
    all += got;
  }
  co_return all;
}

awaitable<void> zero_window(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  pending write(world, saw, "");
  std::size_t written = co_await fill(*ends.client, write, block);
  saw.note("client", write.over() ? "is never blocked" : "is blocked");
  // The peer reads on, and what was blocked ends.
  std::string into(65'536, '\0');
  std::size_t arrived = 0;
  error_code error;
  while (!write.over() && !error) {
    const auto buffer = boost::asio::buffer(into);
    const std::size_t got = co_await transport::read_some(*ends.server, buffer, error);
    arrived += got;
  }
  written += write.count();
  saw.note("client's blocked write", name(write.result()));
  ends.client->close();
  arrived += co_await count_all(*ends.server, error);
  saw.note("server", arrived == written ? "has every octet" : "lacks octets");
  saw.note("server", name(error));
}

awaitable<void> closed_with_a_full_buffer(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  pending write(world, saw, "");
  const std::size_t written = co_await fill(*ends.client, write, block);
  ends.client->close();
  co_await write.wait();
  saw.note("client", name(write.result()));
  error_code error;
  const std::size_t arrived = co_await count_all(*ends.server, error);
  saw.note("server", arrived == written ? "has every octet" : "lacks octets");
  saw.note("server", name(error));
}

awaitable<void> shut_down_with_a_full_buffer(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  pending write(world, saw, "");
  const std::size_t written = co_await fill(*ends.client, write, block);
  ends.client->cancel();
  co_await write.wait();
  shuts_down(*ends.client, saw, "client");
  error_code error;
  const std::size_t arrived = co_await count_all(*ends.server, error);
  saw.note("server", arrived == written ? "has every octet" : "lacks octets");
  saw.note("server", name(error));
  co_await writes(*ends.server, "thanks", saw, "server");
  ends.server->close();
  co_await drains(*ends.client, saw, "client");
}

/// The write that waited is told EPIPE: shutdown comes before it gets room.
awaitable<void> shut_down_while_a_write_waits(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  pending write(world, saw, "");
  co_await fill(*ends.client, write, block);
  shuts_down(*ends.client, saw, "client");
  error_code error;
  co_await count_all(*ends.server, error);
  saw.note("server", name(error));
  co_await write.wait();
  saw.note("blocked write", name(write.result()));
}

awaitable<void> refused(transport::runtime& world, journal& saw) {
  error_code error;
  const transport::endpoint any;
  auto listening = world.listen(any, error);
  const transport::endpoint where = listening->local();
  listening.reset();
  const made none = co_await transport::connect(world, where, error);
  saw.note("client", name(error));
}

awaitable<void> not_an_address(transport::runtime& world, journal& saw) {
  error_code error;
  const transport::endpoint nowhere{"localhost", 80};
  const made none = co_await transport::connect(world, nowhere, error);
  saw.note("connect", name(error));
  const auto listening = world.listen(nowhere, error);
  saw.note("listen", name(error));
  const transport::endpoint elsewhere{"192.0.2.1", 0};  // RFC 5737: nobody's
  const auto other = world.listen(elsewhere, error);
  saw.note("listen", name(error));
}

awaitable<void> address_in_use(transport::runtime& world, journal& saw) {
  error_code error;
  const transport::endpoint any;
  const auto listening = world.listen(any, error);
  const transport::endpoint where = listening->local();
  const auto second = world.listen(where, error);
  saw.note("second", name(error));
  co_return;
}

awaitable<void> unaccepted(transport::runtime& world, journal& saw) {
  error_code error;
  const transport::endpoint any;
  const auto listening = world.listen(any, error);
  const transport::endpoint where = listening->local();
  const made client = co_await transport::connect(world, where, error);
  saw.note("client", name(error));
  co_await writes(*client, "hello", saw, "client");
  listening->close();
  co_await drains(*client, saw, "client");
  const made late = co_await transport::connect(world, where, error);
  saw.note("late client", name(error));
}

awaitable<void> queue_full(transport::runtime& world, journal& saw) {
  error_code error;
  const transport::endpoint any;
  const auto listening = world.listen_full(any, error);
  const transport::endpoint where = listening->local();
  boost::asio::cancellation_signal enough;
  pending connecting(world, saw, "connect");
  connecting.connect(world, where, enough.slot());
  co_await connecting.wait(std::chrono::milliseconds(200));
  saw.note("meanwhile", connecting.over() ? "answered" : "no answer");
  enough.emit(boost::asio::cancellation_type::terminal);
  co_await connecting.wait();
}

awaitable<void> closed_before_accepted(transport::runtime& world, journal& saw) {
  error_code error;
  const transport::endpoint any;
  const auto listening = world.listen(any, error);
  const transport::endpoint where = listening->local();
  const made client = co_await transport::connect(world, where, error);
  co_await writes(*client, "hello", saw, "client");
  client->close();
  const made server = co_await transport::accept(*listening, error);
  saw.note("accept", name(error));
  co_await drains(*server, saw, "server");
}

awaitable<void> aborted_before_accepted(transport::runtime& world, journal& saw) {
  error_code error;
  const transport::endpoint any;
  const auto listening = world.listen(any, error);
  const transport::endpoint where = listening->local();
  const made client = co_await transport::connect(world, where, error);
  co_await writes(*client, "hello", saw, "client");
  client->abort();
  const made server = co_await transport::accept(*listening, error);
  saw.note("accept", name(error));
  co_await drains(*server, saw, "server");
}

awaitable<void> accept_closed(transport::runtime& world, journal& saw) {
  error_code error;
  const transport::endpoint any;
  const auto listening = world.listen(any, error);
  pending accepting(world, saw, "accept");
  accepting.accept(*listening);
  listening->close();
  co_await accepting.wait();
  pending again(world, saw, "accept when closed");
  again.accept(*listening);
  co_await again.wait();
}

awaitable<void> accept_destroyed(transport::runtime& world, journal& saw) {
  error_code error;
  const transport::endpoint any;
  auto listening = world.listen(any, error);
  pending accepting(world, saw, "accept");
  accepting.accept(*listening);
  listening.reset();
  co_await accepting.wait();
}

/// What the server sees of it is left out: on sockets the SYN is answered before anybody can
/// cancel, in the simulation it has not been sent.
awaitable<void> connect_cancelled(transport::runtime& world, journal& saw) {
  error_code error;
  const transport::endpoint any;
  const auto listening = world.listen(any, error);
  const transport::endpoint where = listening->local();
  boost::asio::cancellation_signal enough;
  pending connecting(world, saw, "connect");
  connecting.connect(world, where, enough.slot());
  enough.emit(boost::asio::cancellation_type::terminal);
  co_await connecting.wait();
  saw.note("connect", connecting.take() ? "has a socket" : "has none");
}

awaitable<void> read_and_accept_cancelled_by_slot(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  error_code error;
  const transport::endpoint any;
  const auto listening = world.listen(any, error);
  const transport::endpoint where = listening->local();
  boost::asio::cancellation_signal enough;
  boost::asio::cancellation_signal too_long;
  pending read(world, saw, "read");
  read.read(*ends.client, enough.slot());
  pending accepting(world, saw, "accept");
  accepting.accept(*listening, too_long.slot());
  enough.emit(boost::asio::cancellation_type::terminal);
  co_await read.wait();
  too_long.emit(boost::asio::cancellation_type::terminal);
  co_await accepting.wait();
  // Both are as good as before.
  pending again(world, saw, "accept again");
  again.accept(*listening);
  const made late = co_await transport::connect(world, where, error);
  co_await again.wait();
  co_await writes(*ends.server, "more", saw, "server");
  co_await reads(*ends.client, 4, saw, "client");
}

awaitable<void> endpoints(transport::runtime& world, journal& saw) {
  for (const auto* address : {"127.0.0.1", "127.0.0.2", "::1"}) {
    error_code error;
    const transport::endpoint any{address, 0};
    const auto listening = world.listen(any, error);
    const transport::endpoint where = listening->local();
    const made client = co_await transport::connect(world, where, error);
    const made server = co_await transport::accept(*listening, error);
    saw.note("listens", where.address + (where.port != 0 ? ", has a port" : ""));
    saw.note("comes from", client->local().address);
    saw.note("is", client->local() == server->remote() && client->remote() == server->local()
                       ? "known to the other"
                       : "unknown");
  }
}

const std::vector<parity_case> waits = {
    {"a_cancelled_read_leaves_the_connection",
     cancelled_read,
     {"client: Operation canceled", "server: writes 5, success", "client: reads \"later\""}},
    {"closing_ends_a_read",
     closed_while_reading,
     {"client: Operation canceled", "server: drains \"\", end"}},
    {"aborting_ends_a_read",
     aborted_while_reading,
     {"client: Operation canceled", "server: drains \"\", Connection reset by peer"}},
    {"destroying_ends_a_read",
     destroyed_while_reading,
     {"client: Operation canceled", "server: drains \"\", end"}},
    {"a_read_waits_for_fin", read_waits_for_fin, {"client: shuts down, success", "server: end"}},
    {"a_write_learns_of_a_reset_before_a_read",
     both_told_of_a_reset,
     {"cancelled write: Operation canceled", "blocked write: Connection reset by peer", "read: end",
      "server: shuts down, Transport endpoint is not connected"}},
    {"closing_ends_a_read_and_a_write",
     both_cancelled,
     {"read: Operation canceled", "write: Operation canceled"}},
    {"a_writer_without_window_is_blocked_and_goes_on",
     zero_window,
     {"client: is blocked", "client's blocked write: success", "server: has every octet",
      "server: end"}},
    {"what_is_buffered_arrives_after_close",
     closed_with_a_full_buffer,
     {"client: Operation canceled", "server: has every octet", "server: end"}},
    {"what_is_buffered_arrives_after_shutdown",
     shut_down_with_a_full_buffer,
     {"client: shuts down, success", "server: has every octet", "server: end",
      "server: writes 6, success", "client: drains \"thanks\", end"}},
    {"a_write_that_waits_is_ended_by_shutdown",
     shut_down_while_a_write_waits,
     {"client: shuts down, success", "server: end", "blocked write: Broken pipe"}},
    {"nobody_listens", refused, {"client: Connection refused"}},
    {"only_literals_of_this_machine_are_listened_on",
     not_an_address,
     {"connect: Invalid argument", "listen: Invalid argument",
      "listen: Cannot assign requested address"}},
    {"an_address_is_listened_on_once", address_in_use, {"second: Address already in use"}},
    {"what_is_not_accepted_is_reset",
     unaccepted,
     {"client: success", "client: writes 5, success",
      "client: drains \"\", Connection reset by peer", "late client: Connection refused"}},
    {"a_full_queue_answers_nobody",
     queue_full,
     {"meanwhile: no answer", "connect: Operation canceled"}},
    {"what_is_closed_is_still_accepted",
     closed_before_accepted,
     {"client: writes 5, success", "accept: success", "server: drains \"hello\", end"}},
    {"what_is_aborted_is_still_accepted",
     aborted_before_accepted,
     {"client: writes 5, success", "accept: success",
      "server: drains \"hello\", Connection reset by peer"}},
    {"closing_ends_an_accept",
     accept_closed,
     {"accept: Operation canceled", "accept when closed: Bad file descriptor"}},
    {"destroying_ends_an_accept", accept_destroyed, {"accept: Operation canceled"}},
    {"a_connect_is_cancelled",
     connect_cancelled,
     {"connect: Operation canceled", "connect: has none"}},
    {"a_read_and_an_accept_are_cancelled",
     read_and_accept_cancelled_by_slot,
     {"read: Operation canceled", "accept: Operation canceled", "accept again: success",
      "server: writes 4, success", "client: reads \"more\""}},
    {"both_ends_know_their_addresses",
     endpoints,
     {"listens: 127.0.0.1, has a port", "comes from: 127.0.0.1", "is: known to the other",
      "listens: 127.0.0.2, has a port", "comes from: 127.0.0.1", "is: known to the other",
      "listens: ::1, has a port", "comes from: ::1", "is: known to the other"}},
};

class waiting_parity : public testing::TestWithParam<parity_case> {};

TEST_P(waiting_parity, sockets_and_simulation_see_the_same) {
  EXPECT_EQ(on_sockets(GetParam().play), GetParam().sees) << "on sockets";
  EXPECT_EQ(in_simulation(GetParam().play), GetParam().sees) << "in the simulation";
}

INSTANTIATE_TEST_SUITE_P(waits, waiting_parity, testing::ValuesIn(waits), [](const auto& one) {
  return name_of(one.param);
});

}  // namespace
}  // namespace halley::simulation::parity
