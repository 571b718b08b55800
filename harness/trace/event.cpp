#include "trace/event.hpp"

#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <string>
#include <variant>

namespace halley::trace {
namespace {

struct namer {
  direction dir;

  std::string operator()(const note& one) const { return one.name; }
  std::string operator()(const conn_open&) const { return "conn.open"; }
  std::string operator()(const wire_octets&) const {
    return dir == direction::out ? "wire.out" : "wire.in";
  }
  std::string operator()(const tcp_fin&) const { return "tcp.fin"; }
  std::string operator()(const tcp_rst&) const { return "tcp.rst"; }
  std::string operator()(const tcp_error&) const { return "tcp.error"; }
  std::string operator()(const tunnel_open&) const { return "tunnel.open"; }
  std::string operator()(const wire_fault&) const { return "wire.fault"; }
  std::string operator()(const wire::request_head&) const { return "http.request"; }
  std::string operator()(const wire::response_head&) const { return "http.response"; }
  std::string operator()(const wire::chunk_header&) const { return "http.chunk"; }
  std::string operator()(const wire::body_piece&) const { return "http.body"; }
  std::string operator()(const wire::trailer_section&) const { return "http.trailer"; }
  std::string operator()(const wire::message_end&) const { return "http.end"; }
  std::string operator()(const wire::websocket_frame&) const { return "ws.frame"; }
  std::string operator()(const wire::websocket_message&) const { return "ws.message"; }
  std::string operator()(const wire::websocket_close&) const { return "ws.close"; }
  std::string operator()(const wire::sse_event&) const { return "sse.event"; }
  std::string operator()(const wire::sse_comment&) const { return "sse.comment"; }
  std::string operator()(const wire::sse_retry&) const { return "sse.retry"; }
};

}  // namespace

std::string name_of(const event& one) {
  return std::visit(namer{one.dir}, one.what);
}

}  // namespace halley::trace
