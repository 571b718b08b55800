// What a draft writes in place of what was captured.
#include "base/bytes.hpp"
#include "draft/client_head.hpp"
#include "draft/endpoint_names.hpp"
#include "draft/octet_text.hpp"
#include "scenario/load.hpp"
#include "scenario/value.hpp"
#include "scenario/written_value.hpp"
#include "scenario/yaml_reader.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace halley::draft {
namespace {

wire::request_head head_of(const octets& raw) {
  wire::http_decoder decoder(wire::http_role::request);
  std::vector<wire::http_item> items;
  decoder.feed(raw, items);
  for (const auto& one : items)
    if (const auto* head = std::get_if<wire::request_head>(&one.what)) return *head;
  ADD_FAILURE() << "no head: " << raw;
  return {};
}

const std::string& text_of(const written_head& one) {
  static const std::string none = "no text";
  return one.what.text() != nullptr ? *one.what.text() : none;
}

TEST(words, octets_read_back_as_they_were_whatever_they_are) {
  octets all;
  for (int c = 0; c < 256; ++c)
    all.push_back(static_cast<char>(c));
  for (const octets& one :
       {octets(), octets("a"), octets("a: b # \"c\" 'd'\r\n\t\\"), all, octets("${key}"),
        octets("\xe2\x80\xae"), octets("\xc2\x85"), octets("é☄"), octets(100, 'x'),
        octets(100, '\0'), octets("\xff\xfe")}) {
    const auto line = "x: " + scenario::written::flow_text(octets_value(one));
    std::vector<scenario::problem> problems;
    const auto tree =
        scenario::read_yaml(line, std::make_shared<const std::string>("line"), problems);
    ASSERT_TRUE(tree && problems.empty()) << line;
    EXPECT_TRUE(scenario::equal(*tree->find("x"), octets_value(one))) << line;
    for (const char c : line)
      EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != '\x7f') << line;
  }
  EXPECT_EQ(octets_value("${key}").text(), nullptr) << "a reader would put the key there";
  EXPECT_EQ(octets_value("\xe2\x80\xae").text(), nullptr) << "turns text around on terminals";
}

TEST(words, an_endpoint_is_the_longest_path_and_all_speak_of_one_key) {
  endpoint_names names({{"http.root", "/"},
                        {"http.sse-stream", "/sse/${key}"},
                        {"http.sse-of-one", "/sse/${key}?client=one"},
                        {"http.publish", "/publish/${key}"},
                        {"ws.echo", "/echo"}});
  const auto says = [&](const char* family, const char* target) {
    const auto got = names.find(family, target);
    return got.endpoint + " " + got.written;
  };
  EXPECT_EQ(says("http", "/"), "http.root ${target.http.root.path}");
  EXPECT_EQ(says("http", "/?a=b"), "http.root ${target.http.root.path}?a=b");
  EXPECT_EQ(says("http", "/sse/k7?x=1"), "http.sse-stream ${target.http.sse-stream.path}?x=1");
  EXPECT_EQ(says("http", "/sse/k7?client=one"), "http.sse-of-one ${target.http.sse-of-one.path}");
  EXPECT_EQ(says("http", "/publish/k7"), "http.publish ${target.http.publish.path}");
  EXPECT_EQ(says("http", "/publish/other"), "http.root /publish/other");
  EXPECT_EQ(says("http", "/publish/"), "http.root /publish/");
  EXPECT_EQ(says("http", "/echo"), "http.root /echo");
  EXPECT_EQ(says("ws", "/echo"), "ws.echo ${target.ws.echo.path}");
  EXPECT_EQ(says("ws", "/echoes"), "ws.echo /echoes");
}

TEST(words, a_head_is_written_with_what_the_runner_draws) {
  const head_words words{
      .target = "${path}", .host = "${host}", .key = "${nonce}", .event_ids = {{"7", "id-1"}}};
  const auto head = head_of(
      "GET /a HTTP/1.1\r\nHost:  h:1 \r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Last-Event-ID: 7\r\nX-Host: h:1\r\n\r\n");
  EXPECT_TRUE(names_host(head));
  EXPECT_TRUE(has_drawn_key(head));
  const auto made = write_head(head, words);
  EXPECT_EQ(made.form, "http.head");
  EXPECT_EQ(text_of(made),
            "GET ${path} HTTP/1.1\nHost:  ${host} \nSec-WebSocket-Key: ${nonce}\n"
            "Last-Event-ID: ${id-1}\nX-Host: h:1\n");
}

TEST(words, a_head_that_is_not_formed_as_usual_is_sent_as_it_is) {
  const auto bare = write_head(head_of("GET / HTTP/1.1\nHost: h\r\n\r\n"), {});
  EXPECT_EQ(bare.form, "bytes");
  EXPECT_EQ(text_of(bare), "GET / HTTP/1.1\nHost: h\r\n\r\n");
  const auto odd = write_head(head_of("GET / HTTP/1.1\r\nHost: h\r\nA: \xff\r\n\r\n"), {});
  EXPECT_EQ(odd.form, "bytes");
  EXPECT_NE(odd.what.find("hex"), nullptr);
  EXPECT_FALSE(names_host(head_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")));
  EXPECT_FALSE(names_host(head_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n")));
  EXPECT_FALSE(has_drawn_key(head_of("GET / HTTP/1.1\r\nSec-WebSocket-Key: short\r\n\r\n")));
}

}  // namespace
}  // namespace halley::draft
