#include "simulation/parity.hpp"

#include "clock/clock.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

// How connections end, on the sockets of this machine and in the simulation. No read is begun after
// an end or an error: on sockets it may wait for ever (see transport). The one exception is a reset
// that a write was told of.
namespace halley::simulation::parity {
namespace {

awaitable<void> client_shuts_down_first(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  shuts_down(*ends.client, saw, "client");
  co_await drains(*ends.server, saw, "server");
  co_await writes(*ends.server, "late", saw, "server");
  shuts_down(*ends.server, saw, "server");
  co_await drains(*ends.client, saw, "client");
}

awaitable<void> server_shuts_down_first(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  shuts_down(*ends.server, saw, "server");
  co_await drains(*ends.client, saw, "client");
  co_await writes(*ends.client, "late", saw, "client");
  ends.client->close();
  co_await drains(*ends.server, saw, "server");
}

awaitable<void> data_then_fin(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  co_await writes(*ends.client, "one two", saw, "client");
  ends.client->close();
  co_await drains(*ends.server, saw, "server");
}

awaitable<void> both_close(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  ends.client->close();
  co_await drains(*ends.server, saw, "server");
  ends.server->close();
  error_code error;
  ends.server->shutdown_send(error);
  saw.note("server", "shuts down what is closed, " + name(error));
}

awaitable<void> unread_data(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  co_await writes(*ends.client, "hello", saw, "client");
  co_await reads(*ends.server, 1, saw, "server");
  ends.server->close();
  co_await drains(*ends.client, saw, "client");
  co_await writes(*ends.client, "x", saw, "client");
}

awaitable<void> unread_data_after_shutdown(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  co_await writes(*ends.client, "hello", saw, "client");
  co_await reads(*ends.server, 1, saw, "server");
  shuts_down(*ends.server, saw, "server");
  co_await drains(*ends.client, saw, "client");
  ends.server->close();
  co_await writes_until_told(*ends.client, saw, "client");
  co_await writes(*ends.client, "x", saw, "client");
}

awaitable<void> data_after_close(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  ends.server->close();
  co_await drains(*ends.client, saw, "client");
  co_await writes(*ends.client, "x", saw, "client");
  co_await writes_until_told(*ends.client, saw, "client");
  co_await writes(*ends.client, "y", saw, "client");
  shuts_down(*ends.client, saw, "client");
}

awaitable<void> abort_before_data(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  ends.client->abort();
  co_await drains(*ends.server, saw, "server");
  co_await writes(*ends.server, "x", saw, "server");
  co_await writes(*ends.server, "y", saw, "server");
}

awaitable<void> abort_after_data(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  co_await writes(*ends.client, "last words", saw, "client");
  ends.client->abort();
  co_await drains(*ends.server, saw, "server");
  co_await writes(*ends.server, "x", saw, "server");
}

awaitable<void> write_takes_the_reset(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  co_await writes(*ends.client, "last words", saw, "client");
  ends.client->abort();
  co_await writes_until_told(*ends.server, saw, "server");
  co_await writes(*ends.server, "x", saw, "server");
  co_await drains(*ends.server, saw, "server");
}

awaitable<void> reset_after_fin(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  co_await writes(*ends.client, "last words", saw, "client");
  shuts_down(*ends.client, saw, "client");
  co_await reads(*ends.server, 10, saw, "server");
  ends.client->abort();
  co_await writes_until_told(*ends.server, saw, "server");
  co_await writes(*ends.server, "x", saw, "server");
  co_await drains(*ends.server, saw, "server");
}

awaitable<void> reset_after_shutdown(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  shuts_down(*ends.client, saw, "client");
  co_await drains(*ends.server, saw, "server");
  ends.server->abort();
  co_await drains(*ends.client, saw, "client");
  co_await writes(*ends.client, "x", saw, "client");
}

awaitable<void> shutdown_twice(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  shuts_down(*ends.client, saw, "client");
  shuts_down(*ends.client, saw, "client");
  co_await drains(*ends.server, saw, "server");
}

awaitable<void> shutdown_after_both(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  shuts_down(*ends.client, saw, "client");
  co_await drains(*ends.server, saw, "server");
  shuts_down(*ends.server, saw, "server");
  co_await drains(*ends.client, saw, "client");
  shuts_down(*ends.client, saw, "client");
  co_await writes(*ends.client, "x", saw, "client");
}

awaitable<void> write_after_shutdown(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  shuts_down(*ends.client, saw, "client");
  co_await writes(*ends.client, "x", saw, "client");
  co_await drains(*ends.server, saw, "server");
  co_await writes(*ends.server, "still", saw, "server");
  co_await reads(*ends.client, 5, saw, "client");
}

awaitable<void> shutdown_after_reset(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  ends.server->abort();
  co_await drains(*ends.client, saw, "client");
  shuts_down(*ends.client, saw, "client");
}

awaitable<void> use_after_close(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  const transport::endpoint before = ends.client->local();
  ends.client->close();
  ends.client->close();
  ends.client->abort();
  ends.client->cancel();
  co_await writes(*ends.client, "x", saw, "client");
  co_await drains(*ends.client, saw, "client");
  shuts_down(*ends.client, saw, "client");
  saw.note("client", before == ends.client->local() ? "is where it was" : "moved");
  co_await drains(*ends.server, saw, "server");
}

awaitable<void> nothing_to_transfer(transport::runtime& world, journal& saw) {
  pair_of_ends ends = co_await connected(world);
  const std::string nothing;
  ends.server->abort();
  co_await drains(*ends.client, saw, "client");
  pending write(world, saw, "client writes nothing");
  write.write(*ends.client, nothing);
  co_await write.wait();
}

const std::vector<parity_case> endings = {
    {"the_client_shuts_down_first",
     client_shuts_down_first,
     {"client: shuts down, success", "server: drains \"\", end", "server: writes 4, success",
      "server: shuts down, success", "client: drains \"late\", end"}},
    {"the_server_shuts_down_first",
     server_shuts_down_first,
     {"server: shuts down, success", "client: drains \"\", end", "client: writes 4, success",
      "server: drains \"late\", end"}},
    {"data_comes_before_fin",
     data_then_fin,
     {"client: writes 7, success", "server: drains \"one two\", end"}},
    {"both_ends_close",
     both_close,
     {"server: drains \"\", end", "server: shuts down what is closed, Bad file descriptor"}},
    {"closing_with_unread_data_resets",
     unread_data,
     {"client: writes 5, success", "server: reads \"h\"",
      "client: drains \"\", Connection reset by peer", "client: writes 0, Broken pipe"}},
    {"closing_with_unread_data_after_shutdown_resets",
     unread_data_after_shutdown,
     {"client: writes 5, success", "server: reads \"h\"", "server: shuts down, success",
      "client: drains \"\", end", "client: is told Broken pipe", "client: writes 0, Broken pipe"}},
    {"data_after_close_is_answered_with_a_reset",
     data_after_close,
     {"client: drains \"\", end", "client: writes 1, success", "client: is told Broken pipe",
      "client: writes 0, Broken pipe", "client: shuts down, Transport endpoint is not connected"}},
    {"a_reset_before_data_is_told_once",
     abort_before_data,
     {"server: drains \"\", Connection reset by peer", "server: writes 0, Broken pipe",
      "server: writes 0, Broken pipe"}},
    {"data_before_a_reset_is_readable",
     abort_after_data,
     {"client: writes 10, success", "server: drains \"last words\", Connection reset by peer",
      "server: writes 0, Broken pipe"}},
    {"a_write_that_comes_first_takes_the_reset",
     write_takes_the_reset,
     {"client: writes 10, success", "server: is told Connection reset by peer",
      "server: writes 0, Broken pipe", "server: drains \"last words\", end"}},
    {"after_fin_only_a_writer_learns_of_a_reset",
     reset_after_fin,
     {"client: writes 10, success", "client: shuts down, success", "server: reads \"last words\"",
      "server: is told Broken pipe", "server: writes 0, Broken pipe", "server: drains \"\", end"}},
    {"a_reset_comes_after_shutdown",
     reset_after_shutdown,
     {"client: shuts down, success", "server: drains \"\", end",
      "client: drains \"\", Connection reset by peer", "client: writes 0, Broken pipe"}},
    {"shutting_down_twice_is_fine",
     shutdown_twice,
     {"client: shuts down, success", "client: shuts down, success", "server: drains \"\", end"}},
    {"shutting_down_what_is_over_is_not",
     shutdown_after_both,
     {"client: shuts down, success", "server: drains \"\", end", "server: shuts down, success",
      "client: drains \"\", end", "client: shuts down, Transport endpoint is not connected",
      "client: writes 0, Broken pipe"}},
    {"nothing_is_written_after_shutdown",
     write_after_shutdown,
     {"client: shuts down, success", "client: writes 0, Broken pipe", "server: drains \"\", end",
      "server: writes 5, success", "client: reads \"still\""}},
    {"nothing_is_shut_down_after_a_reset",
     shutdown_after_reset,
     {"client: drains \"\", Connection reset by peer",
      "client: shuts down, Transport endpoint is not connected"}},
    {"what_is_closed_is_a_bad_descriptor",
     use_after_close,
     {"client: writes 0, Bad file descriptor", "client: drains \"\", Bad file descriptor",
      "client: shuts down, Bad file descriptor", "client: is where it was",
      "server: drains \"\", end"}},
    {"writing_nothing_succeeds_even_after_a_reset",
     nothing_to_transfer,
     {"client: drains \"\", Connection reset by peer", "client writes nothing: success"}},
};

class ending_parity : public testing::TestWithParam<parity_case> {};

TEST_P(ending_parity, sockets_and_simulation_see_the_same) {
  EXPECT_EQ(on_sockets(GetParam().play), GetParam().sees) << "on sockets";
  EXPECT_EQ(in_simulation(GetParam().play), GetParam().sees) << "in the simulation";
}

INSTANTIATE_TEST_SUITE_P(endings, ending_parity, testing::ValuesIn(endings), [](const auto& one) {
  return name_of(one.param);
});

}  // namespace
}  // namespace halley::simulation::parity
