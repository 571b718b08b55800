#include "engine/address.hpp"

#include "transport/transport.hpp"

#include <gtest/gtest.h>

namespace halley::engine {
namespace {

TEST(address, a_url_is_taken_apart) {
  struct row {
    const char* url;
    address parts;
  };
  const row rows[] = {
      {"ws://127.0.0.1:9001/echo?x", {"ws", "127.0.0.1:9001", "127.0.0.1", 9001, "/echo?x"}},
      {"HTTP://localhost", {"http", "localhost", "localhost", 80, "/"}},
      {"http://[::1]:81/", {"http", "[::1]:81", "::1", 81, "/"}},
      {"http://[::1]", {"http", "[::1]", "::1", 80, "/"}},
      {"http://127.0.0.1?a=/b", {"http", "127.0.0.1", "127.0.0.1", 80, "/?a=/b"}},
      {"http://127.0.0.1:/x", {"http", "127.0.0.1:", "127.0.0.1", 80, "/x"}},
  };
  for (const auto& one : rows)
    EXPECT_EQ(parse_address(one.url), one.parts) << one.url;
}

TEST(address, what_is_no_http_or_ws_address_is_refused) {
  for (const char* url :
       {"", "127.0.0.1", "https://127.0.0.1/", "file:///etc", "http://", "http:///x",
        "http://user@127.0.0.1/", "http://127.0.0.1:70000/", "http://127.0.0.1:-1/",
        "http://127.0.0.1:80x/", "http://[::1/", "http://[::1]80/", "http://:80/", "http://[]/"})
    EXPECT_FALSE(parse_address(url)) << url;
}

TEST(address, only_localhost_and_literals_have_an_endpoint) {
  const auto endpoint_of = [](const char* url) { return to_endpoint(parse_address(url).value()); };
  EXPECT_EQ(endpoint_of("http://LocalHost:8/"), (transport::endpoint{"127.0.0.1", 8}));
  EXPECT_EQ(endpoint_of("http://127.0.0.1:8/"), (transport::endpoint{"127.0.0.1", 8}));
  EXPECT_EQ(endpoint_of("http://[::1]:8/"), (transport::endpoint{"::1", 8}));
  for (const char* url : {"http://example.org/", "http://localhost.example/", "http://127.1/",
                          "http://2130706433/", "http://127.0.0.1.nip.io/"})
    EXPECT_FALSE(endpoint_of(url)) << url;
}

}  // namespace
}  // namespace halley::engine
