#include "base/bytes.hpp"
#include "checks/written_trace.hpp"
#include "fuzz/oracles/reactions.hpp"
#include "fuzz/oracles/written_record.hpp"
#include "wire/websocket_frame.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace written;
using checks::written::frame;
using checks::written::switching;
using checks::written::upgrade;
using enum says;
using found = std::vector<std::string>;

found judged(octet_view offer, octet_view accepted) {
  const octets extensions = "Sec-WebSocket-Extensions: ";
  wire::websocket_frame one;
  one.code = wire::opcode::text;
  one.payload = "a";
  one.mask = {1, 2, 3, 4};
  // 1 is RSV3.
  return names(judge_exchange(record_of({{we, upgrade(extensions + octets(offer) + "\r\n")},
                                         {they, switching(extensions + octets(accepted) + "\r\n")},
                                         {we, wire::encode(one)},
                                         {they, frame(wire::opcode::text, "a", true, 1)}}),
                              "ws.echo"));
}

TEST(judge_exchange, frames_are_not_judged_by_what_was_agreed_wrongly) {
  const octets offer = "permessage-deflate; server_max_window_bits=010";
  EXPECT_EQ(judged(offer, offer), found{});
  EXPECT_EQ(judged("permessage-deflate", "permessage-deflate"), found{"rfc6455/5.2-rsv sent"});
}

}  // namespace
}  // namespace halley::fuzz
