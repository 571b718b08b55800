#include "engine/http_call.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "engine/address.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace halley::engine {
namespace {

constexpr std::size_t body_limit = 16UL * 1024U * 1024U;
constexpr std::size_t read_octets = 16UL * 1024U;

octets encode(const http_request& what) {
  octets text = what.method + " " + what.to.path + " HTTP/1.1\r\nHost: " + what.to.authority +
                "\r\nConnection: close\r\n";
  for (const auto& [name, value] : what.headers)
    text.append(name).append(": ").append(value).append("\r\n");
  if (!what.body.empty() || what.method == "POST" || what.method == "PUT")
    text += "Content-Length: " + std::to_string(what.body.size()) + "\r\n";
  return text + "\r\n" + what.body;
}

/// Takes decoded items. Returns: whether the answer is complete.
bool take(std::vector<wire::http_item>& items, http_answer& answer) {
  for (const auto& item : items) {
    if (const auto* head = std::get_if<wire::response_head>(&item.what)) {
      if (head->status >= 200) answer.status = head->status;
    } else if (const auto* piece = std::get_if<wire::body_piece>(&item.what)) {
      answer.body += piece->data;
    } else if (std::holds_alternative<wire::message_end>(item.what) && answer.status != 0) {
      return true;
    }
  }
  items.clear();
  return answer.body.size() > body_limit;
}

}  // namespace

awaitable<http_answer> call(transport::runtime& world, http_request what, instant deadline) {
  http_answer answer;
  const auto where = to_endpoint(what.to);
  if (!where) {
    answer.problem = "'" + what.to.host + "' is no address; names are not looked up";
    co_return answer;
  }
  error_code error;
  const transport::endpoint& target = *where;
  const std::unique_ptr<transport::transport> connection =
      co_await transport::connect(world, target, error);
  if (!connection) {
    answer.problem = transport::to_string(target) + ": " + error.message();
    co_return answer;
  }
  clock::watchdog late(world.time());
  late.arm(deadline, [&] { connection->abort(); });
  const octets request = encode(what);
  const auto data = boost::asio::buffer(request);
  co_await transport::write_all(*connection, data, error);

  wire::http_decoder decoder(wire::http_role::response);
  decoder.expect_answer_to(what.method);
  std::vector<wire::http_item> items;
  octets block(read_octets, '\0');
  bool complete = false;
  while (!error && !complete) {
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await transport::read_some(*connection, into, error);
    decoder.feed(octet_view(block).substr(0, got), items);
    if (error) decoder.finish(items);
    complete = take(items, answer);
  }
  late.disarm();
  if (answer.status == 0)
    answer.problem = what.method + " " + what.to.path + ": no answer (" + error.message() + ")";
  co_return answer;
}

}  // namespace halley::engine
