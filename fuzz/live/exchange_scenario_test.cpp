#include "fuzz/live/exchange_scenario.hpp"

#include "fuzz/live/exchange.hpp"
#include "fuzz/scenario_writer.hpp"

#include <gtest/gtest.h>

namespace halley::fuzz {
namespace {

const place root{"http.root", "127.0.0.1:8080", "/"};

TEST(ExchangeScenario, PutsTheEndpointOfAnyTargetIn) {
  EXPECT_EQ(flow_text(octets_value("GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n", root)),
            R"({concat: ["GET ", "${target.http.root.path}", " HTTP/1.1\r\nHost: ", )"
            R"("${target.http.root.authority}", "\r\n\r\n"]})");
}

TEST(ExchangeScenario, KeepsOctetsThatAreNoText) {
  EXPECT_EQ(flow_text(octets_value(octet_view("\x81\x00", 2), root)), R"({hex: "8100"})");
  // What would be read as an expression.
  EXPECT_EQ(flow_text(octets_value("${x}", root)), R"({hex: "247b787d"})");
}

}  // namespace
}  // namespace halley::fuzz
