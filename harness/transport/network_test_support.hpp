#pragma once

#include "clock/clock.hpp"
#include "transport/path.hpp"
#include "transport/path_text.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace halley::transport {

using made = std::unique_ptr<transport>;

/// Runs one coroutine over real sockets to its end.
template <typename Body>
void run(Body body) {
  boost::asio::io_context context;
  tcp_runtime world(context, 1);
  auto work = boost::asio::co_spawn(context, body(world), boost::asio::use_future);
  while (work.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    if (context.run_one_for(std::chrono::seconds(30)) == 0) break;
  ASSERT_EQ(work.wait_for(std::chrono::seconds(0)), std::future_status::ready) << "hung";
  work.get();
}

inline awaitable<void> say(transport& to, std::string_view text) {
  error_code error;
  const auto data = boost::asio::buffer(text);
  co_await write_all(to, data, error);
  EXPECT_FALSE(error) << error.message();
}

/// Reads `count` octets, or fewer where the stream ends before: `error` says how.
inline awaitable<std::string> hear(transport& from, std::size_t count, error_code& error) {
  std::string got(count, '\0');
  std::size_t have = 0;
  error.clear();
  while (have < count && !error) {
    const auto into = boost::asio::buffer(got.data() + have, count - have);
    have += co_await read_some(from, into, error);
  }
  got.resize(have);
  co_return got;
}

/// Reads to the end. Returns: what came; `error` says how it ended.
inline awaitable<std::string> hear_all(transport& from, error_code& error) {
  std::string all;
  std::string block(4096, '\0');
  error.clear();
  while (!error) {
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await read_some(from, into, error);
    all.append(block, 0, got);
  }
  co_return all;
}

inline path path_of(std::string_view text) {
  std::string error;
  const auto read = parse_path(text, error);
  EXPECT_TRUE(read) << error;
  return read.value_or(path());
}

inline std::vector<rule> rules_of(const std::vector<std::string>& texts) {
  std::vector<rule> rules;
  for (const auto& text : texts) {
    std::string error;
    const auto read = parse_rule(text, error);
    EXPECT_TRUE(read) << error;
    rules.push_back(read.value_or(rule()));
  }
  return rules;
}

}  // namespace halley::transport
