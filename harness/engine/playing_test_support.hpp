#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "scenario/load.hpp"
#include "scenario/matrix.hpp"
#include "scenario/scenario.hpp"
#include "scenario/scenario_test_support.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <future>
#include <string>
#include <utility>

/// What tests share that play one scenario.
namespace halley::engine {

/// The first instance of the scenario that is written there.
inline scenario::instance only_instance(const std::string& yaml) {
  const scenario::temporary_folder folder;
  folder.write("tests/one.scenario.yaml", yaml);
  const auto library = scenario::load_library(folder.path());
  EXPECT_EQ(scenario::said(library.problems), "");
  return scenario::expand(library.scenarios.at(0), 1, 1).at(0);
}

/// Plays until `work` is over; a failure and an empty result where that takes longer than 20 s.
template <typename Result>
Result played_to_the_end(boost::asio::io_context& context, awaitable<Result> work) {
  auto playing = boost::asio::co_spawn(context, std::move(work), boost::asio::use_future);
  context.run_for(std::chrono::seconds(20));
  if (playing.wait_for(std::chrono::seconds(0)) == std::future_status::ready) return playing.get();
  ADD_FAILURE() << "hung";
  return {};
}

/// Reads up to the end of a request head, and what came with it.
inline awaitable<octets> request_head(transport::transport& from, error_code& error) {
  octets head;
  octets block(1024, '\0');
  while (!error && head.find("\r\n\r\n") == octets::npos) {
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await transport::read_some(from, into, error);
    head.append(block, 0, got);
  }
  co_return head;
}

}  // namespace halley::engine
