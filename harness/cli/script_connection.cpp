#include "cli/script_connection.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "transport/prefixed_transport.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/websocket_handshake.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace halley::cli {
namespace {

constexpr std::size_t head_octets = 8192;
constexpr duration head_within = std::chrono::seconds(10);
constexpr duration answer_within = std::chrono::seconds(5);
constexpr std::size_t block_octets = 4096;
constexpr std::string_view head_end = "\r\n\r\n";
constexpr int switching_protocols = 101;
constexpr int bad_request = 400;
constexpr int request_timeout = 408;
constexpr int head_too_large = 431;

std::string decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '%' && i + 2 < text.size();
    const auto octet = escaped ? from_hex(text.substr(i + 1, 2)) : std::nullopt;
    if (octet) {
      result += *octet;
      i += 2;
    } else {
      result += text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

std::string reason_of(int status) {
  switch (status) {
    case bad_request:
      return "Bad Request";
    case 404:
      return "Not Found";
    case request_timeout:
      return "Request Timeout";
    case head_too_large:
      return "Request Header Fields Too Large";
    default:
      return "Service Unavailable";
  }
}

wire::websocket_frame frame_of(wire::opcode code, std::string payload) {
  wire::websocket_frame result;
  result.code = code;
  result.payload = std::move(payload);
  return result;
}

}  // namespace

std::string script_request::value(std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

script_request parse_script_request(std::string_view target) {
  script_request result;
  const auto mark = target.find('?');
  result.path = target.substr(0, mark);
  if (mark == std::string_view::npos) return result;
  auto rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto one = rest.substr(0, end);
    const auto equals = one.find('=');
    const auto value = equals == std::string_view::npos ? "" : one.substr(equals + 1);
    result.query.emplace(decode(one.substr(0, equals)), decode(value));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return result;
}

script_connection::script_connection(transport::runtime& world,
                                     std::unique_ptr<transport::transport> came)
    : world_(world), connection_(std::move(came)) {
}

script_connection::~script_connection() = default;

void script_connection::abort() {
  if (connection_) connection_->abort();
}

std::unique_ptr<transport::transport> script_connection::hand_over() {
  return std::make_unique<transport::prefixed_transport>(std::move(connection_), std::move(read_));
}

awaitable<std::optional<script_request>> script_connection::read_request() {
  const bool whole = co_await read_head();
  if (!whole) co_return std::nullopt;
  if (parse_head()) co_return parse_script_request(head_.target);
  co_await refuse(bad_request);
  co_return std::nullopt;
}

/// Returns: whether a whole head has come.
awaitable<bool> script_connection::read_head() {
  bool late = false;
  clock::watchdog watch(world_.time());
  watch.arm(world_.time().now() + head_within, [this, &late] {
    late = true;
    connection_->cancel();
  });
  std::string block(block_octets, '\0');
  while (!late) {
    error_code error;
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await transport::read_some(*connection_, into, error);
    if (error) break;
    read_.append(block, 0, got);
    const auto end = read_.find(head_end);
    after_ = end == std::string::npos ? read_.size() : end + head_end.size();
    if (after_ > head_octets) break;
    if (end != std::string::npos) co_return true;
  }
  watch.disarm();
  if (late) co_await refuse(request_timeout);
  if (after_ > head_octets) co_await refuse(head_too_large);
  co_return false;
}

bool script_connection::parse_head() {
  wire::http_decoder decoder(wire::http_role::request);
  std::vector<wire::http_item> items;
  decoder.feed(octet_view(read_).substr(0, after_), items);
  for (auto& one : items) {
    auto* head = std::get_if<wire::request_head>(&one.what);
    if (head == nullptr) continue;
    head_ = std::move(*head);
    return true;
  }
  return false;
}

awaitable<bool> script_connection::write(std::string data) {
  clock::watchdog watch(world_.time());
  watch.arm(world_.time().now() + answer_within, [this] { connection_->cancel(); });
  error_code error;
  const auto from = boost::asio::buffer(data);
  co_await transport::write_all(*connection_, from, error);
  co_return !error;
}

awaitable<void> script_connection::refuse(int status) {
  std::string answer = "HTTP/1.1 " + std::to_string(status) + " " + reason_of(status) +
                       "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  co_await write(std::move(answer));
  connection_->close();
}

awaitable<void> script_connection::tell(std::optional<std::string> text) {
  const auto key = head_.fields.first("sec-websocket-key");
  if (!key || !wire::asks_for_websocket(head_)) {
    co_await refuse(bad_request);
    co_return;
  }
  std::string answer = "HTTP/1.1 " + std::to_string(switching_protocols) +
                       " Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: " +
                       wire::accept_value(*key) + "\r\n\r\n";
  if (text) answer += wire::encode(frame_of(wire::opcode::text, std::move(*text)));
  constexpr std::uint16_t normal = 1000;
  answer += wire::encode(frame_of(wire::opcode::close, wire::close_body(normal, "")));
  const bool written = co_await write(std::move(answer));
  if (written) co_await hear_close();
  connection_->close();
}

/// The server closes the connection first, once the client's Close is there.
/// Source: RFC 6455 §7.1.1.
awaitable<void> script_connection::hear_close() {
  bool late = false;
  clock::watchdog watch(world_.time());
  watch.arm(world_.time().now() + answer_within, [this, &late] {
    late = true;
    connection_->cancel();
  });
  wire::websocket_settings how;
  how.from_client = true;
  how.limits.frame_octets = how.limits.message_octets = head_octets;
  wire::websocket_decoder decoder(how);
  std::vector<wire::websocket_item> items;
  decoder.feed(octet_view(read_).substr(after_), items);
  std::string block(block_octets, '\0');
  const auto is_close = [](const wire::websocket_item& one) {
    return std::holds_alternative<wire::websocket_close>(one.what);
  };
  while (!late && std::ranges::none_of(items, is_close)) {
    items.clear();
    error_code error;
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await transport::read_some(*connection_, into, error);
    if (error) break;
    decoder.feed(octet_view(block).substr(0, got), items);
  }
}

}  // namespace halley::cli
