#pragma once

#include "clock/clock.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"
#include "wire/http_message.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace halley::cli {

/// A request target taken apart: "/runCase?case=1&agent=a%20b".
struct script_request {
  std::string path;
  std::map<std::string, std::string, std::less<>> query;  ///< decoded; of equal names the first

  /// The value of `name`; empty where there is none.
  std::string value(std::string_view name) const;
};

/// Source: RFC 3986 §3.3, §3.4 and §2.1; '+' stands for a space, as forms write it.
script_request parse_script_request(std::string_view target);

/// A connection that a test script of clients has opened to ask for something. Whoever is at the
/// other end is not trusted: a head is 8 KiB at most and comes within 10 s, and nobody is waited
/// for longer than a few seconds.
class script_connection {
public:
  script_connection(transport::runtime& world, std::unique_ptr<transport::transport> came);
  ~script_connection();
  script_connection(const script_connection&) = delete;
  script_connection& operator=(const script_connection&) = delete;

  /// Reads the head of the request. Returns: nothing where there is none that could be answered;
  /// then the connection is over.
  awaitable<std::optional<script_request>> read_request();
  /// Answers with a WebSocket: `text` as one message, where there is one, and Close 1000.
  awaitable<void> tell(std::optional<std::string> text);
  /// Answers with an HTTP status and nothing else.
  awaitable<void> refuse(int status);
  /// Lets go of the connection; whoever reads from it gets the request again.
  std::unique_ptr<transport::transport> hand_over();
  /// RST, unless it was handed over.
  void abort();

private:
  awaitable<bool> read_head();
  awaitable<bool> write(std::string data);
  awaitable<void> hear_close();
  bool parse_head();

  transport::runtime& world_;
  std::unique_ptr<transport::transport> connection_;
  std::string read_;       ///< every octet so far
  std::size_t after_ = 0;  ///< where in it the head has ended
  wire::request_head head_;
};

}  // namespace halley::cli
