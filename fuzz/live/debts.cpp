#include "fuzz/live/debts.hpp"

#include "trace/event.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <variant>

namespace halley::fuzz {
namespace {

constexpr int first_final_status = 200;
constexpr int switching = 101;

}  // namespace

void debts::see(const trace::event& one) {
  if (one.dir == trace::direction::out)
    see_ours(one);
  else if (one.dir == trace::direction::in)
    see_theirs(one);
}

void debts::see_ours(const trace::event& one) {
  if (std::holds_alternative<trace::wire_fault>(one.what)) {
    fault_ = true;
  } else if (std::holds_alternative<wire::request_head>(one.what)) {
    writing_request_ = true;
    ++requests_;
  } else if (std::holds_alternative<wire::message_end>(one.what)) {
    writing_request_ = false;
  } else if (std::holds_alternative<wire::websocket_message>(one.what)) {
    ++messages_;
  } else if (const auto* frame = std::get_if<wire::websocket_frame>(&one.what)) {
    if (frame->code == wire::opcode::ping) ping_ = true;
    if (frame->code == wire::opcode::close) closing_ = true;
  }
}

void debts::see_theirs(const trace::event& one) {
  if (const auto* head = std::get_if<wire::response_head>(&one.what)) {
    interim_ = head->status < first_final_status && head->status != switching;
    if (interim_) return;
    ++heads_;
    reading_body_ = true;
  } else if (std::holds_alternative<wire::message_end>(one.what)) {
    if (!interim_) reading_body_ = false;
  } else if (const auto* tunnel = std::get_if<trace::tunnel_open>(&one.what)) {
    if (tunnel->protocol == "websocket")
      frames_ = true;
    else
      tunnel_ = true;
  } else if (std::holds_alternative<wire::websocket_message>(one.what)) {
    ++echoes_;
  } else if (const auto* frame = std::get_if<wire::websocket_frame>(&one.what)) {
    if (frame->code == wire::opcode::pong) ping_ = false;
  }
}

bool debts::settled() const {
  if (fault_ || tunnel_ || closing_ || reading_body_ || writing_request_) return false;
  if (heads_ < requests_ || requests_ == 0) return false;
  return !frames_ || (echoes_ >= messages_ && !ping_);
}

}  // namespace halley::fuzz
